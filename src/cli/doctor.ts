/** `elibadcode doctor`: what this machine has of what the project needs. */
import { mkdirSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { Command } from 'commander';
import { catalogues } from '../config/catalogues.ts';
import { gatherFacts, openEngine, readOrigin } from '../run/index.ts';
import { exitCodes } from './exit.ts';
import { type CommonOptions, withCommon } from './options.ts';

interface Finding {
  /** `null`: not needed, and so neither good nor bad. */
  readonly isGood: boolean | null;
  readonly what: string;
  readonly found: string;
}

const GIB = 2 ** 30;

export function doctorCommand(): Command {
  return withCommon(new Command('doctor'))
    .summary('check this machine: Node.js, engine devices, data, disk, git')
    .description('Checks what the project needs (Node.js, the CPU engine, disk) and tells what else there is (GPU devices, corpora, git).')
    .action(async ({ results }: CommonOptions) => {
      const findings = [nodeFinding(), ...(await engineFindings()), ...(await corpusFindings()), diskFinding(results), await gitFinding()];
      for (const { isGood, what, found } of findings) {
        const mark = isGood === null ? ' - ' : isGood ? 'ok ' : 'BAD';
        process.stdout.write(`${mark} ${what.padEnd(24)} ${found.replaceAll('\n', `\n${' '.repeat(29)}`)}\n`);
      }
      if (findings.some(({ isGood }) => isGood === false)) process.exitCode = exitCodes.userError;
    });
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isGood = major > 20 || (major === 20 && minor >= 19);
  const memory = `${availableParallelism()} cores, ${(totalmem() / GIB).toFixed(1)} GiB memory`;
  return { isGood, what: 'Node.js', found: `${process.versions.node}${isGood ? '' : ', needed: 20.19 or newer'}; ${memory}` };
}

/** Only the CPU is needed; a device that is not there says what it would take. */
async function engineFindings(): Promise<Finding[]> {
  const kinds = [
    { device: 'cpu', engine: 'traced' },
    { device: 'webgpu', engine: 'traced' },
    { device: 'cuda', engine: 'traced' },
    { device: 'cuda', engine: 'tfjs-node-gpu' },
  ] as const;
  const findings: Finding[] = [];
  for (const kind of kinds) {
    const what = `${kind.engine} on ${kind.device}`;
    try {
      const engine = await openEngine(kind);
      findings.push({ isGood: true, what, found: engine.adapter === null ? engine.device : `${engine.device}: ${engine.adapter}` });
      await engine.close();
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      findings.push({ isGood: kind.device === 'cpu' ? false : null, what, found });
    }
  }
  return findings;
}

async function corpusFindings(): Promise<Finding[]> {
  const corpora = Object.entries(catalogues.corpora).map(([name, { params }]) => ({ ...(params.parse({}) as object), name }));
  const facts = await gatherFacts({ corpora, models: [] }, { device: 'cpu', engine: 'traced' });
  return corpora.map(({ name }, i) => {
    const files = facts.corpora[i]!;
    if ('missing' in files) return { isGood: null, what: `corpus ${name}`, found: files.missing };
    const count = Object.keys(files.files).length;
    return { isGood: true, what: `corpus ${name}`, found: count === 0 ? 'generated' : `${count} files, sums as expected` };
  });
}

function diskFinding(results: string): Finding {
  mkdirSync(results, { recursive: true });
  const { bavail, bsize } = statfsSync(results);
  const free = (bavail * bsize) / GIB;
  return { isGood: free > 1, what: 'disk', found: `${free.toFixed(1)} GiB free in ${results}` };
}

async function gitFinding(): Promise<Finding> {
  const { commit, dirty } = await readOrigin();
  const found =
    commit === null ? 'no checkout: records will not name a commit' : `${commit.slice(0, 8)}${dirty === true ? ', with changes' : ''}`;
  return { isGood: commit === null ? null : true, what: 'git', found };
}
