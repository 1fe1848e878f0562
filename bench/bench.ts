/**
 * Our programs against PyTorch's (peer.py), in turn: each round a fresh process of each for every size, the order changing from
 * round to round. Prints a Markdown table and writes every sample as JSON, after each process anew.
 *
 * usage: npx tsx bench/bench.ts [options]     needs a python3 with PyTorch, which computes on `cuda` where ours does on `webgpu`
 *   --device cpu|webgpu|cuda   --threads 2   --rounds 3
 *   --cases 2x128,4x256/iteration   sizes, or one of a size's works: training, evaluation, gradient, candidates, iteration
 *   --rows FILE       rows of real functions, from bench/rows.ts (default: bench/rows.json if it is there, else made-up ones)
 *   --out FILE        default bench/results/DEVICE.json
 *   --ours-only, --peer-only, --tf32 (PyTorch with TensorFloat-32 besides)
 *   --seconds 3       at least so long are a work's calls timed
 *   --ours FILE, --peer FILE, --python COMMAND   other programs: a bundle of ours.ts on a machine without the repository
 *   --commit ID       where there is no repository to ask
 */
import { parseArgs } from 'node:util';
import { UserError } from '../src/core/errors.ts';
import { writeAtomically } from '../src/core/fs.ts';
import type { EngineOptions } from '../src/engine/contracts.ts';
import { count, deviceOf, findRows, here, positive } from './arguments.ts';
import { type Choice, chooseCases, setting } from './cases.ts';
import { forPeople } from './for-people.ts';
import { defaultBudget } from './laps.ts';
import { describeMachine, gitCommit } from './machine.ts';
import { askPeer, runProcess } from './processes.ts';
import { reportOf } from './report.ts';
import type { Failure, ProgramName, Results, Sample } from './results.ts';
import { digestOf, foldRows, type RowFile } from './row-file.ts';

await forPeople(async () => {
  const options = readOptions();
  const { device, threads, rounds, choices, programs, rows, commands } = options;
  const about: Partial<Record<ProgramName, Readonly<Record<string, string | null>>>> = {};
  if (programs.includes('peer')) about.peer = await askPeer(commands.peer, device);
  const samples: Sample[] = [];
  const failures: Failure[] = [];
  const results: Results = {
    format: 'elibadcode bench 1',
    startedAt: new Date().toISOString(),
    commit: options.commit ?? gitCommit(),
    machine: describeMachine(),
    device,
    threads,
    rounds,
    budget: options.budget,
    setting,
    cases: choices.map(({ spec }) => spec),
    rows: {
      origin: rows.origin,
      digest: digestOf(rows),
      evaluationTokens: meanLength(rows.evaluation, 0),
      inversionTokens: meanLength(
        rows.hosts.map(({ ids }) => ids),
        setting.triggerTokens,
      ),
    },
    about,
    samples,
    failures,
  };
  for (let round = 0; round < rounds; round++) {
    for (const { spec, works } of choices) {
      const jobRows = foldRows(rows, spec.vocabulary);
      for (const program of round % 2 === 0 ? programs : programs.toReversed()) {
        console.error(`round ${round + 1}/${rounds}, ${spec.name}, ${program}`);
        const job = { spec, works, setting, rows: jobRows, budget: options.budget, device, threads, tf32: program === 'peer-tf32' };
        const place = { program, round, case: spec.name };
        const problem = await runProcess(commands[program === 'ours' ? 'ours' : 'peer'], job, (line) => {
          if ('about' in line) about[program] = line.about;
          else samples.push({ ...place, ...line });
        });
        if (problem !== null) failures.push({ ...place, problem });
        writeAtomically(options.out, `${JSON.stringify(results)}\n`);
      }
    }
  }
  console.log(reportOf([results]));
  console.error(`every sample: ${options.out}`);
  if (failures.length > 0) process.exitCode = 1;
});

interface Options {
  readonly device: EngineOptions['device'];
  readonly threads: number;
  readonly rounds: number;
  readonly choices: readonly Choice[];
  readonly programs: readonly ProgramName[];
  readonly rows: RowFile;
  readonly budget: typeof defaultBudget;
  readonly out: string;
  readonly commit: string | undefined;
  readonly commands: Readonly<Record<'ours' | 'peer', readonly string[]>>;
}

function readOptions(): Options {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: {
      device: { ...text, default: 'cpu' },
      threads: { ...text, default: '2' },
      rounds: { ...text, default: '3' },
      cases: text,
      rows: text,
      out: text,
      'ours-only': flag,
      'peer-only': flag,
      tf32: flag,
      seconds: { ...text, default: String(defaultBudget.seconds) },
      ours: { ...text, default: here('ours.ts') },
      peer: { ...text, default: here('peer.py') },
      python: { ...text, default: 'python3' },
      commit: text,
    },
  });
  const device = deviceOf('--device', values.device);
  return {
    device,
    threads: count('--threads', values.threads),
    rounds: count('--rounds', values.rounds),
    // CodeBERT's size takes hours on a CPU: only when asked for.
    choices: chooseCases(values.cases ?? (device === 'cpu' ? '2x128,4x256' : '2x128,4x256,base')),
    programs: programsOf(values),
    rows: findRows(values.rows),
    budget: { ...defaultBudget, seconds: positive('--seconds', values.seconds) },
    out: values.out ?? here(`results/${device}.json`),
    commit: values.commit,
    commands: {
      ours: [process.execPath, ...(values.ours.endsWith('.ts') ? ['--import', 'tsx'] : []), values.ours],
      peer: [values.python, values.peer],
    },
  };
}

function programsOf(chosen: { readonly 'ours-only': boolean; readonly 'peer-only': boolean; readonly tf32: boolean }): ProgramName[] {
  if (chosen['ours-only'] && chosen['peer-only']) throw new UserError('--ours-only', 'stands beside --peer-only', 'one of them');
  const peers: ProgramName[] = chosen.tf32 ? ['peer', 'peer-tf32'] : ['peer'];
  if (chosen['ours-only']) return ['ours'];
  return chosen['peer-only'] ? peers : ['ours', ...peers];
}

function meanLength(rows: readonly (readonly number[])[], more: number): number {
  const lengths = rows.map((row) => Math.min(row.length + more, setting.maxTokens));
  return lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
}
