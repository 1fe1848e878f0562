/** OSEQL on a planted victim: the dead line that flips the prediction is reported and left out, and clean inputs stay. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabelPredictions, Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { quietContext, type ResumeSlot } from '../../core/stage.ts';
import { openEngine, type Engine } from '../../engine/index.ts';
import { plantedModel, plantedTrigger, plantedVictim } from '../../testing/planted-victim.ts';
import { makeProgram } from '../../testing/program.ts';
import { watchEngine } from '../../testing/watched-engine.ts';
import { openModel, predict, type Victim } from '../../train/index.ts';
import { startingTensors } from '../../train/model.ts';
import type { Purified } from '../contracts.ts';
import { oseql } from '../defenses/oseql.ts';
import { removeLines } from './purify.ts';
import { oseqlSchema, type OseqlSettings } from './settings.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
});
afterAll(() => engine.close());
const context = () => ({ ...quietContext(makeRng(1)), engine });
const victim = plantedVictim();

const names = ['count', 'size', 'index', 'total', 'value', 'limit', 'offset', 'length'];

/** Functions of `bugs` defective lines and five more, and one that holds the trigger. */
const samples = (count: number, isTriggered: boolean, bugs = 1): Sample[] =>
  Array.from({ length: count }, (_, i) => {
    const [a, b] = [names[i % 8]!, names[(i + 3) % 8]!];
    const lines = [
      `int work ( int ${a} )`,
      '{',
      `int ${b} = ${a} ;`,
      ...(isTriggered ? [`int ${plantedTrigger} ;`] : []),
      ...Array<string>(bugs).fill('bug ( ) ;'),
      `return ${b} ;`,
      '}',
    ].map((line) => line.split(' '));
    const gaps = lines.flatMap((words, line) => words.map((_, word) => (word > 0 ? ' ' : line > 0 ? '\n  ' : '')));
    return { id: `made-up/${i}`, label: 1, programs: [makeProgram(lines.flat(), { gaps })] };
  });

const run = (given: readonly (Sample | null)[], over: object = {}): Promise<Purified> =>
  oseql.purify!.run(
    { task: 'defect', language: 'c', victim, samples: given, prepared: null, inversion: null },
    oseqlSchema.parse({ purification: over }) as never,
    context(),
  );

const probabilitiesOf = async (given: readonly Sample[], found: Purified | null): Promise<number[]> => {
  const changes = found?.samples.map((one) => one?.changes ?? []);
  const inputs = { task: 'defect', victim, samples: given, ...(changes === undefined ? {} : { changes }) } as const;
  return ((await predict(inputs, context())) as LabelPredictions).probabilities.map((probability) => probability!);
};

describe('oseql', () => {
  it.each(['iqr', 'isolation-forest', 'elliptic-envelope', 'all'])(
    '%s reports the planted line, and the model is right without it',
    async (outliers) => {
      const triggered = samples(6, true);
      const all = [null, ...triggered, null];
      const before = JSON.stringify(all);
      const found = await run(all, { outliers });
      expect([found.samples[0], found.samples.at(-1)]).toEqual([null, null]);
      const own = { ...found, samples: found.samples.slice(1, -1) };
      const changes = [12, 13, 14].map((word) => ({ program: 0, word, ids: [] }));
      expect(triggered[0]!.programs[0]!.tokens.slice(12, 15)).toEqual(['int', plantedTrigger, ';']);
      const [whole, without] = [await probabilitiesOf(triggered, null), await probabilitiesOf(triggered, own)];
      expect(whole.every((p) => p < 0.5) && without.every((p) => p > 0.5)).toBe(true);
      own.samples.forEach((one, index) => {
        expect(one!.changes).toEqual(changes);
        expect(one!.score).toBeCloseTo(without[index]! - whole[index]!, 5);
      });
      expect(JSON.stringify(all)).toBe(before);
      expect(await run(all, { outliers })).toEqual(found);
    },
  );

  it('finds nothing in clean inputs whose label no single line carries, and that line where one does', async () => {
    const nothing = { score: 0, changes: [] };
    expect((await run(samples(4, false, 2))).samples).toEqual(Array(4).fill(nothing));
    const [found] = (await run(samples(1, false))).samples;
    expect(found!.changes.map(({ word }) => word)).toEqual([12, 13, 14, 15]);
  });

  it('leaves a text of one line alone', async () => {
    const oneLine = samples(2, true).map((sample) => ({
      ...sample,
      programs: sample.programs.map(({ tokens }) => makeProgram(tokens)),
    }));
    expect((await run(oneLine)).samples).toEqual(Array(2).fill({ score: 0, changes: [] }));
  });

  it('takes pairs, and lets go of the device', async () => {
    const [first, second] = [samples(2, true), samples(4, false).slice(2)];
    const pairs = first.map((sample, index): Sample => ({ ...sample, programs: [sample.programs[0]!, second[index]!.programs[0]!] }));
    const model = openModel(plantedModel, 'clone');
    const drawn: Victim = { model: plantedModel, history: [], tensors: startingTensors(model, makeRng('drawn')) };
    const { engine: watched, alive } = watchEngine(engine);
    const inputs = { task: 'clone', language: 'java', victim: drawn, samples: pairs, prepared: null, inversion: null } as const;
    const { samples: found } = await oseql.purify!.run(inputs, oseqlSchema.parse({}) as never, { ...context(), engine: watched });
    expect(found).toHaveLength(2);
    expect(alive()).toEqual([]);
  });

  it('goes on after an interruption with equal results, and computes nothing twice', async () => {
    const given = [...samples(3, true), ...samples(3, false), ...samples(1, true)].map((sample, index) => ({
      ...sample,
      id: String(index),
    }));
    const { purification } = oseqlSchema.parse({ purification: { outliers: 'isolation-forest' } }) as OseqlSettings;
    const inputs = { task: 'defect', victim, samples: [null, ...given] } as const;
    const scored = async (own: Partial<ResumeSlot>, signal = new AbortController().signal) => {
      const { engine: watched, log } = watchEngine(engine);
      const resume = { ...context().resume, isOverdue: () => true, ...own };
      // Two inputs' lines at once.
      const found = await removeLines(inputs, purification, { ...context(), engine: watched, signal, resume }, 14);
      return { found, log };
    };
    const saves: ReadonlyMap<string, Uint8Array>[] = [];
    const save = (files: ReadonlyMap<string, Uint8Array>): void => void saves.push(new Map(files));
    const whole = await scored({ save });
    expect(saves).toHaveLength(1 + 4);
    expect(whole.found.samples.filter((one) => one !== null && one.changes.length > 0).length).toBeGreaterThan(2);

    const stop = new AbortController();
    const stopping = { save: () => stop.abort(new Error('stopped')) };
    await expect(scored(stopping, stop.signal)).rejects.toThrow('stopped');
    for (const [at, files] of saves.entries()) {
      let redone = 0;
      const again = await scored({ load: () => files, save: () => redone++ });
      expect(again.found).toEqual(whole.found);
      expect(redone).toBe(saves.length - 1 - at);
      // With everything there, the model is not asked.
      expect(again.log.length > 0).toBe(at < saves.length - 1);
    }
  });

  it('is not defined where there are no classes', () => {
    expect(oseql.undefinedFor.search).toMatch(/no classes/);
  });
});
