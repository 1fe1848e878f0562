/** Progress of a verb that computes one thing: a line now and then. */
import { stopwatch } from '../core/clock.ts';
import type { Progress } from '../core/stage.ts';

/** Between two lines. */
const LINE_SECONDS = 15;

export function progressLines(say: (line: string) => void): Progress {
  const elapsed = stopwatch();
  let told = -LINE_SECONDS;
  return ({ phase, done, total, detail = {} }) => {
    if (elapsed() - told < LINE_SECONDS) return;
    told = elapsed();
    const figures = Object.entries(detail).map(([name, value]) => `  ${name} ${value.toFixed(4)}`);
    say(`${phase}  ${done}/${total}${figures.join('')}`);
  };
}
