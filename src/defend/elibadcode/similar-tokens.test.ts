/** The filter by similarity with an inverted trigger, on a victim whose trigger's embedding is known. */
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { openModel } from '../../train/index.ts';
import { plantedModel, plantedSamples, plantedTrigger, plantedVictim } from '../../testing/planted-victim.ts';
import { makeProgram } from '../../testing/program.ts';
import type { Inversion } from '../contracts.ts';
import { dropSimilar } from './similar-tokens.ts';

const victim = plantedVictim();
const { tokenizer } = openModel(plantedModel, 'defect');
const ids = tokenizer.encode(plantedTrigger);
const inversion = { options: [{ anchored: { ids } }], chosen: 0 } as unknown as Inversion; // What the filter reads of one.
const settings = { similarity: 0.99, model: 'unlearned' } as const;
const filter = (samples: readonly (Sample | null)[], changes: Partial<typeof settings> | { similarity: number } = {}) =>
  dropSimilar({ task: 'defect', language: 'c', victim, samples, inversion }, { ...settings, ...changes });
const sampleOf = (text: string): Sample => ({ id: 's', label: 1, programs: [makeProgram(text)] });

describe('dropSimilar', () => {
  it('leaves out the trigger’s own sub-token inside a word, and clean inputs as they are', () => {
    const [triggered] = plantedSamples(1, `test_${plantedTrigger}`);
    const { samples, facts } = filter([triggered!, plantedSamples(1)[0]!, null]);
    const [found, clean, missing] = samples;
    expect(found!.score).toBeCloseTo(1, 5);
    expect(found!.changes.map(({ word }) => word)).toEqual([1]);
    expect(found!.changes[0]!.ids.map((id) => tokenizer.piece(id))).toEqual(['Ġtest', '_']);
    expect(clean!.changes).toEqual([]);
    expect(clean!.score).toBeLessThan(0.99);
    expect(missing).toBeNull();
    expect(facts['left out']).toContain(plantedTrigger);
  });

  it('leaves out whole words where nothing is left of them, more at a lower similarity, and never everything', () => {
    expect(filter([sampleOf(`a ${plantedTrigger} b`)], { similarity: 0.5 }).samples[0]!.changes).toContainEqual({
      program: 0,
      word: 1,
      ids: [],
    });
    const all = filter([plantedSamples(1)[0]!], { similarity: -1 }).samples[0]!;
    expect(all.changes).toEqual([]);
  });
});
