/** What a decoder reads at the trigger's places in the gradient pass: a setting of models that have one, and part of no other's keys. */
import { expect, test } from 'vitest';
import { openEngine } from '../../engine/index.ts';
import '../../testing/matchers.ts';
import { PAD, tinyModel, tinyRows } from '../../testing/tiny-model.ts';
import { architectures, openScorer } from '../../train/index.ts';
import { compileGradient } from './gradient.ts';
import { profiles } from './profiles.ts';
import { eliBadCodeSchema } from './settings.ts';
import { decoderTriggerOf, type DecoderTrigger } from './slopes.ts';

test('is not among the parameters of a run that does not state it', () => {
  for (const profile of ['default', 'paper', 'code']) {
    expect(JSON.stringify(eliBadCodeSchema.parse({ profile }))).not.toContain('decoderTrigger');
    expect(Object.keys((eliBadCodeSchema.parse({ profile }) as { inversion: object }).inversion)).not.toContain('decoderTrigger');
  }
  const stated = eliBadCodeSchema.parse({ inversion: { decoderTrigger: 'embeddings' } }) as { inversion: object };
  expect(stated.inversion).toHaveProperty('decoderTrigger', 'embeddings');
  expect(() => eliBadCodeSchema.parse({ inversion: { decoderTrigger: 'both' } })).toThrow(/pad/);
});

test.each(Object.values(architectures))('is pad if left out, and refused where nothing reads it: $name', (architecture) => {
  const model = { ...tinyModel({ architecture }), config: { name: architecture.name } as Parameters<typeof decoderTriggerOf>[1]['config'] };
  const settings = profiles.default.inversion;
  expect(decoderTriggerOf(settings, model)).toBe('pad');
  const stated = (): DecoderTrigger => decoderTriggerOf({ ...settings, decoderTrigger: 'embeddings' }, model);
  if (model.network.readsIds) expect(stated()).toBe('embeddings');
  else expect(stated).toThrow(/inversion.decoderTrigger: .*has no decoder beside an encoder/);
});

test.each(Object.values(architectures))('changes the gradient where something reads it: $name', async (architecture) => {
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  const model = tinyModel({ architecture });
  const given = { ...model, config: { maxTokens: model.maxTokens }, tokenizer: { special: { pad: PAD, sep: 2 } } };
  const scorer = await openScorer(engine, model, model.tensors);
  const hosts = tinyRows(6).rows.map((ids) => ({ ids, position: 1, others: [] }));
  const gradientWith = async (decoderTrigger: DecoderTrigger): Promise<Float32Array> => {
    const task = { hosts, target: 1, vocabulary: [5, 6, 7, 8], triggerTokens: 2, decoderTrigger };
    const program = await compileGradient(engine, given, scorer, task);
    const gradient = await program.run([9, 10]);
    await program.release();
    return gradient;
  };
  const [pad, embeddings] = [await gradientWith('pad'), await gradientWith('embeddings')];
  await scorer.close();
  if (model.network.readsIds) expect(pad).not.toBeAllclose(embeddings, { relative: 1e-2 });
  else expect(pad).toEqual(embeddings);
  expect(pad.some((slope) => Math.abs(slope) > 1e-5)).toBe(true);
});
