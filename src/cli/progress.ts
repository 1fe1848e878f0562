/** Progress on the screen: two bars on a terminal, plain lines elsewhere, next to nothing when quiet. */
import { MultiBar, type SingleBar } from 'cli-progress';
import { stopwatch } from '../core/clock.ts';
import type { Plan } from '../plan/contracts.ts';
import { stagesToRun } from '../plan/render.ts';
import type { Observer } from '../run/index.ts';
import { labelsOf } from './labels.ts';

export interface Screen extends Observer {
  close(): void;
}

/** Seconds between two plain lines about one stage. */
const LINE_SECONDS = 15;

type Update = Parameters<Observer['progressed']>[1];

export function openScreen(plan: Plan, stream: NodeJS.WriteStream, quiet: boolean): Screen {
  if (quiet) return quietScreen(plan, stream);
  return stream.isTTY ? barScreen(plan, stream) : lineScreen(plan, stream);
}

function quietScreen(plan: Plan, stream: NodeJS.WriteStream): Screen {
  const labelOf = labelsOf(plan);
  return {
    started: () => undefined,
    resumed: () => undefined,
    progressed: () => undefined,
    finished: () => undefined,
    waiting: () => undefined,
    recorded: () => undefined,
    failed: (node, error) => stream.write(`failed: ${labelOf(node)}\n${indented(error)}\n`),
    close: () => undefined,
  };
}

function lineScreen(plan: Plan, stream: NodeJS.WriteStream): Screen {
  const labelOf = labelsOf(plan);
  const total = stagesToRun(plan).length;
  let stage = stopwatch();
  let told = 0;
  let isWaiting = false;
  const say = (line: string): void => {
    stream.write(`${line}\n`);
    isWaiting = false;
  };
  return {
    started(node, left) {
      [stage, told] = [stopwatch(), 0];
      say(`[${total - left + 1}/${total}] ${labelOf(node)}`);
    },
    resumed: (_, seconds) => say(`    ${goesOn(seconds)}`),
    progressed(_, update) {
      if (stage() - told < LINE_SECONDS) return;
      told = stage();
      say(`    ${update.phase} ${update.done}/${update.total}  ${[...details(update), `${etaOf(update, stage())} left`].join('  ')}`);
    },
    finished: (_, seconds) => say(`    ${duration(seconds)}`),
    failed: (_, error) => say(`    failed: ${indented(error).trim()}`),
    waiting(left) {
      if (!isWaiting) say(`waiting for other processes: ${left} stages left`);
      isWaiting = true;
    },
    recorded: (run, reason) => {
      if (reason !== null) say(`run ${run.run} failed: ${run.attack} ${run.defense} seed ${run.seed}`);
    },
    close: () => undefined,
  };
}

function barScreen(plan: Plan, stream: NodeJS.WriteStream): Screen {
  const labelOf = labelsOf(plan);
  const total = stagesToRun(plan).length;
  const bars = new MultiBar({ stream, format: '{bar} {text}', barsize: 24, clearOnComplete: true, hideCursor: true, autopadding: false });
  const wholeWatch = stopwatch();
  const whole = bars.create(total, 0, { text: '' });
  let current: SingleBar | null = null;
  let stage = stopwatch();
  const drop = (): void => {
    if (current !== null) bars.remove(current);
    current = null;
  };
  const say = (line: string): void => bars.log(`${line}\n`);
  return {
    started(node, left) {
      stage = stopwatch();
      whole.update(total - left, { text: `stage ${total - left + 1} of ${total}  ${duration(wholeWatch())}` });
      drop();
      current = bars.create(1, 0, { text: labelOf(node) });
    },
    resumed: (node, seconds) => say(`${labelOf(node)}  ${goesOn(seconds)}`),
    progressed(node, update) {
      current?.setTotal(Math.max(1, update.total));
      const eta = `ETA ${etaOf(update, stage())}`;
      current?.update(update.done, {
        text: [labelOf(node), `${update.phase} ${update.done}/${update.total}`, eta, ...details(update)].join('  '),
      });
    },
    finished: (node, seconds) => say(`${labelOf(node)}  ${duration(seconds)}`),
    failed: (node, error) => say(`failed: ${labelOf(node)}\n${indented(error)}`),
    waiting: (left) => whole.update(total - left, { text: `waiting for other processes: ${left} of ${total} stages left` }),
    recorded: () => undefined,
    close() {
      drop();
      bars.stop();
    },
  };
}

function goesOn(seconds: number): string {
  return `goes on after an interrupted attempt of ${duration(seconds)}`;
}

/** `loss 0.0312`, `asr 0.967` */
function details({ detail = {} }: Update): string[] {
  return Object.entries(detail).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
}

/** By the pace so far. */
function etaOf({ done, total }: Update, seconds: number): string {
  return done === 0 ? '?' : duration((seconds / done) * (total - done));
}

/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min` */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A fault of the user's in its own words; of ours with its stack, which is where it must be looked for. */
function indented(error: unknown): string {
  const text = error instanceof Error ? (error.name === 'UserError' ? error.message : (error.stack ?? error.message)) : String(error);
  return text.replace(/^/gm, '    ');
}
