/** What a trigger inversion owes whoever interrupts it: it goes on to the very same result, and stops when asked to. */
import { expect } from 'vitest';
import type { StageContext } from '../core/stage.ts';
import type { Inversion } from '../defend/contracts.ts';

type Run = (over: Partial<StageContext>) => Promise<Inversion>;

/** @param perOption saves of each option: its iterations, or epochs @param first of the saves gone on from, within the first option */
export async function expectResumes(run: Run, perOption: number, first: number): Promise<void> {
  const saves: ReadonlyMap<string, Uint8Array>[] = [];
  const whole = await run({ resume: { load: () => null, save: (files) => saves.push(files) } });
  expect(saves).toHaveLength(whole.options.length * perOption);
  // In the first option, at its end, and in the last.
  for (const at of [first, perOption - 1, saves.length - 2]) {
    let redone = 0;
    const resume = { load: () => saves[at]!, save: () => redone++ };
    expect(JSON.stringify(await run({ resume }))).toBe(JSON.stringify(whole));
    expect(redone).toBe(saves.length - 1 - at);
  }
}

export async function expectStops(run: Run): Promise<void> {
  const stop = new AbortController();
  let seen = 0;
  const progress = (): void => {
    if (++seen === 2) stop.abort(new Error('enough'));
  };
  await expect(run({ signal: stop.signal, progress })).rejects.toThrow('enough');
  expect(seen).toBe(2);
}
