/** Pretraining from its file to a victim that starts with its weights, end to end. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { loadPretraining } from '../config/pretraining.ts';
import { sha256 } from '../core/hash.ts';
import { makeRng } from '../core/rng.ts';
import { openEngine, readSafetensors } from '../engine/index.ts';
import type { PretrainingSettings } from '../pretrain/index.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { inputsOf, openCausalScorer, openModel, predict, type ModelConfig } from '../train/index.ts';
import { startingTensors } from '../train/model.ts';
import { gatherFacts } from './facts.ts';
import { loadDataset } from '../dataset/dataset.ts';
import { runPretraining } from './pretrain.ts';

const experiments = join(import.meta.dirname, '../../experiments/pretraining');
const origin = { commit: null, dirty: null, versions: {} };
const cpu = { device: 'cpu', engine: 'traced', threads: 2 } as const;

const recordsOf = (cacheDir: string): string => join(cacheDir, '../pretraining');

async function made(settings: PretrainingSettings, cacheDir: string, signal = new AbortController().signal) {
  const engine = await openEngine(cpu);
  try {
    return await runPretraining(settings, { engine, cacheDir, recordsDir: recordsOf(cacheDir), origin, signal, progress: () => undefined });
  } finally {
    await engine.close();
  }
}

/** The tiny pretraining of the repository, on less. */
async function tiny(changes: Partial<PretrainingSettings> = {}): Promise<PretrainingSettings> {
  const settings = await loadPretraining('codebert-standin-tiny', experiments);
  const corpora = [{ name: 'synthetic-search', train: 150, valid: 20, test: 20 }];
  return { ...settings, corpora, epochs: 2, ...changes };
}

function folders(): { readonly models: string; readonly cache: string } {
  const models = join(temporaryFolder(), 'models');
  vi.stubEnv('ELIBADCODE_MODELS', models);
  return { models, cache: join(temporaryFolder(), 'cache') };
}

const victim: ModelConfig = {
  ...{ name: 'roberta', size: 'tiny', weights: 'pretrained:codebert-standin-tiny', tokenizer: 'gpt2', maxTokens: 96, comparedWith: null },
};

describe('a pretraining', () => {
  test('is published whole, computed once, and its weights are a victim’s', async () => {
    const { models, cache } = folders();
    const settings = await tiny();
    const first = await made(settings, cache);
    expect(first).toMatchObject({ folder: join(models, settings.name), isNew: true });
    expect(readdirSync(first.folder).sort()).toEqual(['card.json', 'config.json', 'model.safetensors']);
    expect(readdirSync(models)).toEqual([settings.name]);
    expect(readdirSync(join(cache, 'pretrain'))).toEqual([]);
    const card = JSON.parse(readFileSync(join(first.folder, 'card.json'), 'utf8')) as Record<string, unknown>;
    expect(card).toMatchObject({ settings: { seed: 1 }, curve: first.curve, provenance: { device: 'onnx/cpu' }, counts: { heldOut: 0 } });
    expect(await made(settings, cache)).toEqual({ ...first, isNew: false });
    await expect(made(await tiny({ seed: 2 }), cache)).rejects.toThrow('holds a model of other settings');

    const record = join(recordsOf(cache), `${settings.name}.json`);
    const digest = sha256(readFileSync(join(first.folder, 'model.safetensors')));
    expect(JSON.parse(readFileSync(record, 'utf8'))).toEqual({
      ...{ schema: 1, name: settings.name, weights: { 'model.safetensors': digest } },
      ...card,
    });
    rmSync(record);
    await made(settings, cache);
    expect(existsSync(record)).toBe(true);

    const stored = readSafetensors(join(first.folder, 'model.safetensors'));
    expect([...stored.keys()].filter((name) => name.startsWith('lm_head.')).sort()).toEqual(
      ['bias', 'dense.bias', 'dense.weight', 'layer_norm.bias', 'layer_norm.weight'].map((name) => `lm_head.${name}`),
    );
    const model = openModel(victim, 'search');
    const tensors = startingTensors(model, makeRng(1));
    const words = (values: ArrayLike<number>): string => sha256(new Uint8Array(Float32Array.from(values).buffer));
    const [own, published] = [
      tensors.get('encoder.embeddings.word_embeddings.weight')!,
      stored.get('roberta.embeddings.word_embeddings.weight')!,
    ];
    expect(words(own.data)).toBe(words(published.data as Float32Array));

    const { splits } = await loadDataset({ name: 'synthetic-search', train: 8, valid: 4, test: 4 }, { rng: makeRng(1) });
    const engine = await openEngine(cpu);
    const vectorsOf = async (config: ModelConfig) => {
      const start = startingTensors(openModel(config, 'search'), makeRng(1));
      const found = await predict(
        { task: 'search', victim: { model: config, tensors: start, history: [] }, samples: splits.test },
        { engine, progress: () => undefined },
      );
      return found.kind === 'vectors' ? found.codes : [];
    };
    expect(inputsOf(model, splits.test)).toHaveLength(4);
    expect(await vectorsOf(victim)).not.toEqual(await vectorsOf({ ...victim, weights: 'scratch' }));
    expect(await vectorsOf(victim)).toEqual(await vectorsOf(victim));

    const facts = await gatherFacts({ corpora: [], models: [{ ...victim }] }, cpu);
    expect(Object.keys(facts.folders)).toEqual([victim.weights]);
    expect(facts.folders[victim.weights]).toMatchObject({
      files: { 'config.json': expect.any(String) as string, 'model.safetensors': expect.any(String) as string },
    });
  });

  test('of T5 has sentinels behind the tokenizer’s words, and its weights are a victim’s', async () => {
    const { cache } = folders();
    const settings = await tiny({ name: 'codet5-standin-tiny', architecture: 't5', objective: 'span-corruption', epochs: 1 });
    const { folder } = await made(settings, cache);
    const stored = readSafetensors(join(folder, 'model.safetensors'));
    const config: ModelConfig = { ...victim, name: 't5', weights: 'pretrained:codet5-standin-tiny' };
    const model = openModel(config, 'search');
    expect(stored.get('shared.weight')!.shape).toEqual([model.tokenizer.vocabularySize + 100, 64]);
    const tensors = startingTensors(model, makeRng(1));
    expect(tensors.size).toBe(stored.size);
    const key = 'decoder.block.1.layer.1.EncDecAttention.q.weight';
    expect(tensors.get(`encoder.${key}`)!.data).toEqual(stored.get(key)!.data);
    expect(() => openModel({ ...config, size: 'mini' }, 'search')).toThrow('width 64');
    expect(() => openModel({ ...victim, weights: config.weights }, 'search')).toThrow('RoBERTa');
  });

  test('of a causal language model scores rows, and words that it never read have one embedding', async () => {
    const { cache } = folders();
    const settings = await tiny({
      name: 'code-lm-standin-tiny',
      architecture: 'gpt-bigcode',
      objective: 'next-token',
      epochs: 8,
      learningRate: 5e-3,
    });
    await made(settings, cache);
    const scorer = await openCausalScorer(await openEngine(cpu), 'pretrained:code-lm-standin-tiny');
    const { special } = scorer.tokenizer;
    const row = (text: string): number[] => [special.cls, ...scorer.tokenizer.encode(text), special.sep];
    const [usual, odd] = await scorer.score([row('for i in range(n):'), row('for i in zygomatic(n):')]);
    expect(usual!.loss / usual!.count).toBeLessThan(odd!.loss / odd!.count);
    expect(usual!.loss / usual!.count).toBeLessThan(Math.log(scorer.tokenizer.vocabularySize));
    const stored = readSafetensors(join(process.env['ELIBADCODE_MODELS']!, settings.name, 'model.safetensors'));
    const { data, shape } = stored.get('transformer.wte.weight')!;
    const rows = Array.from({ length: shape[0]! }, (_, id) => (data as Float32Array).subarray(id * 64, (id + 1) * 64).join());
    expect(rows.filter((own) => own === rows[special.unk]).length).toBeGreaterThan(40_000);
  });

  test('goes on from a stand-in made on the same corpora: from its loss, and with its weights in the key', async () => {
    const { models, cache } = folders();
    const first = await tiny({ epochs: 6, learningRate: 3e-3 });
    const { curve: before } = await made(first, cache);
    const next = await tiny({ name: 'next-standin-tiny', start: 'pretrained:codebert-standin-tiny', epochs: 1, learningRate: 1e-4 });
    const { curve: after, folder } = await made(next, cache);
    expect(after[0]!.trainLoss).toBeLessThan(before[2]!.trainLoss);
    const digest = sha256(readFileSync(join(models, first.name, 'model.safetensors')));
    const cardOf = (path: string) => JSON.parse(readFileSync(join(path, 'card.json'), 'utf8')) as Record<string, unknown>;
    expect(cardOf(folder)).toMatchObject({ settings: { start: next.start! }, startedFrom: { 'model.safetensors': digest } });
    // With the head of another objective's name for the same tensors, too.
    const pairs = await tiny({ name: 'pairs-standin-tiny', objective: 'contrastive', start: next.start!, epochs: 1, learningRate: 1e-4 });
    expect((await made(pairs, cache)).isNew).toBe(true);
    await expect(made({ ...pairs, name: 'other-standin', size: 'mini' }, cache)).rejects.toThrow('start: pretrained:codebert-standin-tiny');

    rmSync(join(models, first.name), { recursive: true });
    await made({ ...first, epochs: 1 }, cache);
    await expect(made(next, cache)).rejects.toThrow('holds a model of other settings');
  });

  test('goes on from nothing that is not there, nor from what may have seen the held out', async () => {
    const { cache } = folders();
    const start = 'pretrained:codebert-standin-tiny';
    await expect(made(await tiny({ name: 'next-standin-tiny', start }), cache)).rejects.toThrow(
      'elibadcode pretrain codebert-standin-tiny',
    );
    await made(await tiny({ epochs: 1 }), cache);
    await expect(made(await tiny({ name: 'next-standin-tiny', start, seed: 2 }), cache)).rejects.toThrow('another seed');
    const corpora = [{ name: 'synthetic-search', train: 140, valid: 20, test: 20 }];
    await expect(made(await tiny({ name: 'next-standin-tiny', start, corpora }), cache)).rejects.toThrow('other corpora');
  });

  test('goes on after an interruption and gives the same bytes', async () => {
    const bytes = async (interrupted: boolean): Promise<Buffer> => {
      const { cache } = folders();
      const settings = await tiny();
      if (interrupted) {
        const controller = new AbortController();
        const engine = await openEngine(cpu);
        const progress = ({ phase }: { readonly phase: string }): void => {
          if (phase === 'epoch 2/2') controller.abort(new Error('stop'));
        };
        await expect(
          runPretraining(settings, { engine, cacheDir: cache, recordsDir: recordsOf(cache), origin, signal: controller.signal, progress }),
        ).rejects.toThrow('stop');
        await engine.close();
        expect(existsSync(join(cache, 'pretrain'))).toBe(true);
      }
      const { folder } = await made(settings, cache);
      return readFileSync(join(folder, 'model.safetensors'));
    };
    expect((await bytes(true)).equals(await bytes(false))).toBe(true);
  });

  test('does not replace a folder of another kind, nor hold out a part of real data', async () => {
    const { models, cache } = folders();
    mkdirSync(join(models, 'codebert-standin-tiny'), { recursive: true });
    writeFileSync(join(models, 'codebert-standin-tiny', 'notes.txt'), 'mine');
    await expect(made(await tiny(), cache)).rejects.toThrow('card.json');
    await expect(made(await tiny({ corpora: [{ name: 'devign', test: 10 }] }), cache)).rejects.toThrow('whole splits');
  });
});

test('weights of a stand-in that is not there are said to be missing, and how to make them; no path gets through', async () => {
  folders();
  const { folders: found } = await gatherFacts({ corpora: [], models: [{ ...victim }] }, cpu);
  expect(found[victim.weights]).toMatchObject({ missing: expect.stringContaining('elibadcode pretrain codebert-standin-tiny') as string });
  expect(() => openModel({ ...victim, weights: 'pretrained:../x' }, 'search')).toThrow('pretrained:NAME');
});

test('every file of experiments/pretraining is a pretraining', async () => {
  const files = readdirSync(experiments);
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) expect((await loadPretraining(file.replace(/\.ts$/, ''), experiments)).name).toContain('-standin');
  await expect(loadPretraining('codebert-standin-tinny', experiments)).rejects.toThrow('codebert-standin-tiny');
});
