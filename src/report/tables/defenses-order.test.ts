/** The order of defences: values that are one number are tied, whatever float64 made of their means. */
import { expect, test } from 'vitest';
import type { Reported } from '../../core/contracts.ts';
import { fromRecord } from '../../store/runs.ts';
import { madeUpRecord, rate } from '../../testing/made-up-records.ts';
import { familiesOf, fillSlots, slotsByVictim } from '../slots.ts';
import { orderTable } from './defenses-order.ts';
import { scenesOf } from './defenses-scenes.ts';

const theirs: Readonly<Record<string, number>> = { onion: 0.3, dbs: 0.1 + 0.2, elibadcode: 0.1 };

test('means of the same values in another order are equal', () => {
  const flipped = { onion: [10, 20, 30], dbs: [30, 20, 10], elibadcode: [1, 1, 1] };
  const records = Object.entries(flipped).flatMap(([defense, seeds]) =>
    seeds.map((hits, seed) => madeUpRecord({ defense, seed, measurements: [rate('asr', 'all-victim', hits, 100)] })),
  );
  // What they are to float64.
  expect((0.1 + 0.2 + 0.3) / 3).not.toBe((0.3 + 0.2 + 0.1) / 3);
  const runs = records.map((record) => fromRecord(record).run);
  const scenes = familiesOf(slotsByVictim(fillSlots(runs, null, null))).flatMap(scenesOf);
  const [table] = orderTable(scenes, 'here', (_, defense) => ({ value: theirs[defense]! }) as Reported);
  expect(table!.rows[0]!.labels.slice(3)).toEqual(['EliBadCode, ONION = DBS', 'EliBadCode, ONION = DBS']);
  expect(table!.rows[0]!.cells[1]!.value).toBeCloseTo(1, 12);
});
