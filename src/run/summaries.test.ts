/** What a record says of an inversion whose trigger is not what it seems. */
import { expect, test } from 'vitest';
import type { Inversion, InversionOption } from '../defend/index.ts';
import { summarizeInversion } from './summaries.ts';

const found = { ids: [7], text: 'found', loss: 0.5 };
const option: InversionOption = {
  ...{ target: 0, query: null, half: 'any', losses: [0.5], asrs: [1], triggers: [{ ids: [7], text: 'found' }] },
  ...{ best: { ...found, iteration: 0 }, foundAt: null, tokenChanges: [], anchored: { ...found, empty: false } },
  ...{ retokenised: 'same', places: [], fallbackPositions: 0, rankBeyond: 0, cutOff: 0 },
};
const notesOf = (over: Partial<InversionOption>) => {
  const inversion: Inversion = { options: [{ ...option, ...over }], chosen: 0, score: Math.log(0.5) };
  return summarizeInversion(inversion).notes;
};

test('a soft trigger that never became discrete, and a trigger of which anchoring kept nothing, are said; others are not', () => {
  expect(notesOf({})).toEqual({ trigger: 'found', rawTrigger: 'found', retokenised: 'same' });
  expect(notesOf({ notDiscrete: true })).toMatchObject({
    trigger: 'found',
    notDiscrete: expect.stringMatching(/never became discrete/) as string,
  });
  expect(notesOf({ anchored: { ...found, empty: true } })).toMatchObject({
    anchoredEmpty: expect.stringMatching(/kept no token/) as string,
  });
});
