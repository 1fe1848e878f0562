/** A model named on a hub: fetched, found by the plan, known by its bytes, and opened. */
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { catalogues } from '../config/catalogues.ts';
import { parseExperiment } from '../config/schema.ts';
import { UserError } from '../core/errors.ts';
import { makeRng } from '../core/rng.ts';
import { writeCheckpoint } from '../engine/checkpoint.ts';
import { plan } from '../plan/plan.ts';
import { startHub } from '../testing/hub-server.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { type ModelConfig, openModel } from '../train/index.ts';
import { startingTensors } from '../train/model.ts';
import { fetchModels, gatherFacts } from './facts.ts';

const tiny = { name: 'roberta', size: 'tiny', tokenizer: 'gpt2', maxTokens: 48, comparedWith: null } as const;
const how = { device: 'cpu', engine: 'traced' } as const;
const told = { progress: () => undefined, waiting: () => undefined, signal: new AbortController().signal };

const experimentWith = (weights: string) =>
  parseExperiment(
    {
      name: 'hub',
      title: 'A model of a hub',
      corpora: [{ name: 'synthetic-defect', train: 40, valid: 8, test: 12 }],
      models: [{ ...tiny, weights }],
      attacks: [{ name: 'none' }],
      defenses: [{ name: 'undefended' }],
      seeds: [1],
    },
    catalogues,
    'hub.ts',
  );

/** A pretrained encoder as Hugging Face lays one out, without a head. */
function writeEncoder(folder: string): void {
  const drawn = openModel({ ...tiny, weights: 'scratch' }, 'defect');
  const tensors = [...startingTensors(drawn, makeRng(7))]
    .filter(([name]) => name.startsWith('encoder.'))
    .map(([name, { shape, data }]) => [name.replace('encoder.', 'roberta.'), { dtype: 'F32', shape, data }] as const);
  const config = {
    model_type: 'roberta',
    num_hidden_layers: 2,
    hidden_size: 64,
    num_attention_heads: 2,
    intermediate_size: 256,
    vocab_size: drawn.tokenizer.vocabularySize,
    max_position_embeddings: 50,
    type_vocab_size: 1,
    layer_norm_eps: 1e-5,
    hidden_act: 'gelu',
  };
  writeCheckpoint(folder, { config, tensors: new Map(tensors) });
}

test('a model of a hub is fetched once, has the keys of the same bytes in a folder, and is opened from where it lies', async () => {
  const root = temporaryFolder();
  const folder = join(root, 'encoder');
  writeEncoder(folder);
  const files = Object.fromEntries(['config.json', 'model.safetensors'].map((name) => [name, readFileSync(join(folder, name))]));
  const hub = await startHub({ files, repository: 'owner/tiny-encoder' });
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_TOKEN', '');
  vi.stubEnv('ELIBADCODE_MODELS', join(root, 'models'));
  const experiment = experimentWith('hub:owner/tiny-encoder');

  const before = plan(experiment, catalogues, await gatherFacts(experiment, how));
  expect(before.runs[0]!.notRunBecause).toContain('owner/tiny-encoder');
  expect(hub.requests).toHaveLength(0);

  await fetchModels(['hub:owner/tiny-encoder'], told);
  await hub.close();
  await fetchModels(['hub:owner/tiny-encoder'], told); // No network is there any more, and none is needed.
  const fetched = plan(experiment, catalogues, await gatherFacts(experiment, how));
  expect(fetched.runs[0]!.notRunBecause).toBeNull();
  expect(fetched.runs[0]!.weights).toBe('hub:owner/tiny-encoder');

  const named = experimentWith(`file:${folder}`);
  const same = plan(named, catalogues, await gatherFacts(named, how));
  expect([...fetched.nodes.keys()].sort()).toEqual([...same.nodes.keys()].sort());

  const [train] = [...fetched.nodes.values()].filter(({ stage }) => stage === 'train');
  const { model: config } = train!.params as unknown as { readonly model: ModelConfig };
  const table = 'encoder.embeddings.word_embeddings.weight';
  const read = startingTensors(openModel(config, 'defect'), makeRng(8)).get(table)!;
  const written = startingTensors(openModel({ ...tiny, weights: 'scratch' }, 'defect'), makeRng(7)).get(table)!;
  expect(Buffer.from(read.data.buffer).equals(Buffer.from(written.data.buffer))).toBe(true);
});

test('a name that is none on a hub is refused before anything is asked', async () => {
  const experiment = experimentWith('hub:owner/..');
  await expect(gatherFacts(experiment, how)).rejects.toThrow(UserError);
});
