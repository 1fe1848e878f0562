/**
 * Stages that compute small numbers, keep a log of the work they do, save after every step, and stop or fail where a test says so.
 * `craft`, `train`, `invert` and `repair` take four steps each.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { keyOf } from '../core/hash.ts';
import { emptySummary, type Stage, type StageCall, type StageTable } from '../run/contracts.ts';
import { type StageName, stageNames } from '../plan/contracts.ts';

export interface FakeBehaviour {
  /** A line for every step of every stage: `stage step process`. */
  readonly logPath: string;
  /** `invert:2`: the process kills itself right after the second step of the first such stage was done, before it is saved. */
  readonly killAt?: string;
  /** This stage fails where its inputs hold the poisoned model. */
  readonly failAt?: StageName;
  /** This stage waits until as many processes have begun it. */
  readonly meetAt?: { readonly stage: StageName; readonly processes: number };
  /** Aborted after the first step of this stage. */
  readonly abortAt?: { readonly stage: StageName; readonly controller: AbortController };
}

const stepwise: readonly StageName[] = ['craft', 'train', 'invert', 'repair'];

export function fakeStages(behaviour: FakeBehaviour): StageTable {
  return Object.fromEntries(stageNames.map((stage) => [stage, fakeStage(stage, behaviour)])) as unknown as StageTable;
}

interface FakeValue {
  readonly numbers: readonly number[];
  readonly isPoisoned: boolean;
}

function fakeStage(stage: StageName, behaviour: FakeBehaviour): Stage<FakeValue> {
  return {
    usesEngine: stepwise.includes(stage),
    async compute(call) {
      const inputs = call.inputs as Readonly<Record<string, FakeValue>>;
      const isPoisoned = stage === 'poison' || Object.values(inputs).some((input) => input.isPoisoned);
      if (behaviour.failAt === stage && isPoisoned) throw new UserError(stage, 'the loss is NaN', 'a lower learning rate');
      await meet(stage, behaviour);
      const numbers = stepwise.includes(stage) ? await steps(stage, call, behaviour) : [Number(`0x${keyOf(asJson(inputs)).slice(0, 8)}`)];
      if (!stepwise.includes(stage)) log(behaviour, `${stage} 0`);
      return { numbers, isPoisoned };
    },
    write: (folder, value) => writeFileSync(join(folder, 'value.json'), JSON.stringify(value)),
    read: (folder) => JSON.parse(readFileSync(join(folder, 'value.json'), 'utf8')) as FakeValue,
    summarize: ({ numbers }) => {
      if (stage !== 'evaluate') return emptySummary;
      const measurement = { metric: 'acc', subset: '', value: numbers[0]!, hits: null, n: null, unmeasuredBecause: null };
      return { ...emptySummary, measurements: [measurement] };
    },
  };
}

async function steps(stage: StageName, { context, inputs }: StageCall, behaviour: FakeBehaviour): Promise<number[]> {
  const saved = context.resume.load()?.get('numbers');
  const numbers = saved === undefined ? [] : (JSON.parse(Buffer.from(saved).toString()) as number[]);
  for (let step = numbers.length; step < 4; step++) {
    context.signal.throwIfAborted();
    // Each step's draw is its own fork, as a real stage's must be: a resumed stage draws what an uninterrupted one draws.
    numbers.push(context.rng.fork(step).uniform() + (numbers.at(-1) ?? Number(`0x${keyOf(asJson(inputs)).slice(0, 6)}`)));
    log(behaviour, `${stage} ${step}`);
    context.progress({ phase: stage, done: step + 1, total: 4, detail: { loss: numbers[step]! } });
    if (behaviour.killAt === `${stage}:${step}`) process.kill(process.pid, 'SIGKILL');
    context.resume.save(new Map([['numbers', Buffer.from(JSON.stringify(numbers))]]));
    if (behaviour.abortAt?.stage === stage) behaviour.abortAt.controller.abort(new Error('interrupted'));
  }
  return numbers;
}

async function meet(stage: StageName, { meetAt, logPath }: FakeBehaviour): Promise<void> {
  if (meetAt?.stage !== stage) return;
  appendFileSync(logPath, `meet 0 ${process.pid}\n`);
  const present = (): number => new Set(readLog(logPath).flatMap(({ what, pid }) => (what === 'meet' ? [pid] : []))).size;
  while (present() < meetAt.processes) await sleep(0.02);
}

function log({ logPath }: FakeBehaviour, line: string): void {
  appendFileSync(logPath, `${line} ${process.pid}\n`);
}

export function readLog(path: string): { readonly what: string; readonly step: number; readonly pid: string }[] {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  return lines.map((line) => {
    const [what = '', step = '', pid = ''] = line.split(' ');
    return { what, step: Number(step), pid };
  });
}

function asJson(value: unknown): string {
  return JSON.stringify(value);
}
