/** Users' checkpoints: the forms that are read, heads of two labels, and what is refused with which words. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TaskName } from '../core/contracts.ts';
import { readSafetensors } from '../engine/index.ts';
import { asClassifier, byteVictim, withTwoLabels, writeByteTokenizer, writeWeights } from '../testing/checkpoint-folder.ts';
import '../testing/matchers.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { HostTensor, Victim } from '../train/index.ts';
import { encodeTensors } from '../train/files.ts';
import { openUserModel } from './open-model.ts';
import { changedFile, saveModel } from './save-model.ts';

interface Given {
  readonly task?: TaskName;
  readonly rename?: (name: string) => string;
  readonly change?: (tensors: Victim['tensors']) => ReadonlyMap<string, HostTensor>;
  readonly config?: object;
}

function folderOf({ task = 'defect', rename, change = (same) => same, config }: Given = {}): string {
  const folder = temporaryFolder();
  writeByteTokenizer(folder);
  const victim = byteVictim(folder, task);
  writeWeights(folder, { ...victim, tensors: change(victim.tensors) }, rename, config);
  return folder;
}

const without = (tensors: Victim['tensors'], ...names: string[]): Map<string, HostTensor> =>
  new Map([...tensors].filter(([name]) => !names.includes(name)));
const of = (...shape: number[]): HostTensor => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5) });

describe('forms', () => {
  it.each([
    ['this project’s', (name: string) => name],
    ['Hugging Face’s classifier', asClassifier],
    ['the authors’', (name: string) => name.replace(/^encoder\./, 'encoder.roberta.').replace(/^classifier\./, 'encoder.classifier.')],
    ['a bare encoder with a head', (name: string) => name.replace(/^encoder\./, '')],
  ])('%s names are found', (_, rename) => {
    const folder = folderOf({ rename });
    const { tensors } = byteVictim(folder, 'defect');
    const user = openUserModel(folder, 'defect', null);
    expect(Buffer.compare(encodeTensors(user.victim.tensors), encodeTensors(tensors))).toBe(0);
    expect(user).toMatchObject({ head: 'own', victim: { model: { name: 'roberta', size: 'as-saved', maxTokens: 48 } } });
    expect([...user.names]).toEqual([...tensors.keys()].map((name) => [name, rename(name)]));
  });

  it('of the authors’ clone detector, the head over two vectors is read, and not the one its encoder keeps', () => {
    const kept = { 'encoder.classifier.dense.weight': of(64, 64), 'encoder.classifier.dense.bias': of(64) };
    const more = { 'encoder.classifier.out_proj.weight': of(2, 64), 'encoder.classifier.out_proj.bias': of(2) };
    const rename = (name: string): string =>
      name.startsWith('encoder.classifier.') ? name : name.replace(/^encoder\./, 'encoder.roberta.');
    const change = (tensors: Victim['tensors']) => new Map([...tensors, ...Object.entries({ ...kept, ...more })]);
    const user = openUserModel(folderOf({ task: 'clone', rename, change }), 'clone', 32);
    expect(user.names.get('classifier.dense.weight')).toBe('classifier.dense.weight');
    expect(user.victim.tensors.get('classifier.dense.weight')!.shape).toEqual([64, 128]);
    expect(user.victim.model.maxTokens).toBe(32);
  });

  it('code search needs no head, and a table with spare rows is read', () => {
    const words = 'encoder.embeddings.word_embeddings.weight';
    const change = (tensors: Victim['tensors']) => new Map([...tensors, [words, of(320, 64)]]);
    const user = openUserModel(folderOf({ task: 'search', change, config: { vocab_size: 320 } }), 'search', null);
    expect(user.head).toBe('none');
    expect(user.victim.tensors.get(words)!.shape).toEqual([320, 64]);
  });

  it('weights, sizes or tokenizer change the digest; names, the file’s form and the rest of config.json do not', () => {
    const digestOf = (given: Given = {}): string => openUserModel(folderOf(given), 'defect', null).digest;
    const digest = digestOf();
    expect(digestOf({ rename: asClassifier })).toBe(digest);
    const about = { _name_or_path: 'somebody/else', transformers_version: '9.9', architectures: ['Other'], hidden_dropout_prob: 0.3 };
    expect(digestOf({ config: about })).toBe(digest);
    const bias = 'classifier.out_proj.bias';
    expect(digestOf({ change: (tensors) => new Map([...tensors, [bias, { shape: [1], data: Float32Array.of(1e-7) }]]) })).not.toBe(digest);
    expect(digestOf({ config: { layer_norm_eps: 1e-6 } })).not.toBe(digest);
    expect(digestOf({ config: { num_attention_heads: 4 } })).not.toBe(digest);
    const other = temporaryFolder();
    cpSync(folderOf(), other, { recursive: true });
    const [version, ...merges] = readFileSync(join(other, 'merges.txt'), 'utf8').trimEnd().split('\n');
    writeFileSync(join(other, 'merges.txt'), [version, ...merges.reverse(), ''].join('\n'));
    expect(openUserModel(other, 'defect', null).digest).not.toBe(digest);
  });

  it.each([
    [
      't5',
      'defect',
      { relative_attention_max_distance: 64 },
      { _name_or_path: 'x', dropout_rate: 0.5, relative_attention_max_distance: 128 },
    ],
    ['gpt-bigcode', 'defect', { layer_norm_epsilon: 1e-6 }, { _name_or_path: 'x', attn_pdrop: 0.5 }],
  ] as const)('%s: what its network is made by changes the digest', (name, task, shape, about) => {
    const digestOf = (config: object): string => {
      const folder = temporaryFolder();
      writeByteTokenizer(folder);
      writeWeights(folder, byteVictim(folder, task, name), undefined, config);
      return openUserModel(folder, task, null).digest;
    };
    expect(digestOf(about)).toBe(digestOf({}));
    expect(digestOf(shape)).not.toBe(digestOf({}));
  });
});

describe('a head of two labels', () => {
  const name = 'classifier.out_proj.weight';

  it('becomes the difference of its rows, and goes back: row 0 stays', () => {
    const folder = folderOf({ change: withTwoLabels, rename: asClassifier });
    const user = openUserModel(folder, 'defect', null);
    const single = user.victim.tensors.get(name)!;
    expect(user.head).toBe('two-labels');
    expect(single.shape).toEqual([1, 64]);
    expect(single.data).toBeAllclose(byteVictim(folder, 'defect').tensors.get(name)!.data, { absolute: 1e-6 });
    const trained = new Map([...user.victim.tensors, [name, { ...single, data: single.data.map((value) => value + 1) }]]);
    const [before, after] = [user.stored, changedFile(user, trained)].map((file) => file.get(name)!);
    expect(after!.shape).toEqual([2, 64]);
    expect(after!.data.slice(0, 64)).toEqual(before!.data.slice(0, 64));
    expect(after!.data.slice(64)).toBeAllclose(
      Float32Array.from(before!.data.slice(64) as Float32Array, (value) => value + 1),
      { absolute: 1e-6 },
    );
  });

  it('a model that nothing changed is written with equal tensors, under its names; other weights stay behind', () => {
    const folder = folderOf({ change: withTwoLabels, rename: asClassifier });
    writeFileSync(join(folder, 'tf_model.h5'), 'old weights');
    writeFileSync(join(folder, 'special_tokens_map.json'), '{}');
    mkdirSync(join(folder, 'checkpoint-500'));
    const user = openUserModel(folder, 'defect', null);
    const out = join(temporaryFolder(), 'new', 'model');
    const left = saveModel(user, user.victim.tensors, out, (names) => ({ 'left.txt': names.join() }));
    expect(left.sort()).toEqual(['checkpoint-500', 'tf_model.h5']);
    expect(readFileSync(join(out, 'left.txt'), 'utf8').split(',').sort()).toEqual(left);
    const bytes = (at: string) => readSafetensors(join(at, 'model.safetensors'));
    expect(bytes(out)).toEqual(bytes(folder));
    for (const file of ['config.json', 'vocab.json', 'merges.txt', 'special_tokens_map.json'])
      expect(readFileSync(join(out, file))).toEqual(readFileSync(join(folder, file)));
    expect(openUserModel(out, 'defect', null).digest).toBe(user.digest);
    expect(() => saveModel(user, user.victim.tensors, out, () => ({}))).toThrow(/is there already/);
    expect(() => saveModel(user, user.victim.tensors, folder, () => ({}))).toThrow(/is the model itself/);
  });

  it('what is tied to the word table changes with it', () => {
    const words = 'encoder.embeddings.word_embeddings.weight';
    const rename = (name: string): string => (name.startsWith('lm_head.') ? name : asClassifier(name));
    const change = (tensors: Victim['tensors']) => new Map([...tensors, ['lm_head.decoder.weight', tensors.get(words)!]]);
    const user = openUserModel(folderOf({ rename, change }), 'defect', null);
    const table = user.victim.tensors.get(words)!;
    const file = changedFile(user, new Map([...user.victim.tensors, [words, { ...table, data: table.data.map((value) => 2 * value) }]]));
    expect(file.get('lm_head.decoder.weight')!.data[200]).toBe(2 * table.data[200]!);
  });
});

describe('refused', () => {
  const opening =
    (folder: string, task: TaskName = 'defect') =>
    () =>
      openUserModel(folder, task, null);

  it('what is no model', () => {
    const data = temporaryFolder();
    writeFileSync(join(data, 'train.parquet'), '');
    expect(opening(data)).toThrow(/holds data \(train\.parquet\), and no model/);
    expect(opening(join(data, 'train.parquet'))).toThrow(/is a file/);
    expect(opening(join(data, 'nowhere'))).toThrow(/no such folder/);
    expect(opening(temporaryFolder())).toThrow(/no config\.json.*accepted: a Hugging Face folder/s);
  });

  it('a model without its tokenizer, or without weights', () => {
    const folder = folderOf();
    rmSync(join(folder, 'model.safetensors'));
    expect(opening(folder)).toThrow(/no weights/);
    rmSync(join(folder, 'vocab.json'));
    expect(opening(folder)).toThrow(/a model without its tokenizer.*tokenizer\.json, or vocab\.json and merges\.txt/s);
  });

  it.each([
    ['an unknown architecture', { config: { model_type: 'bert' } }, /model_type “bert” is not known here.*roberta, t5, gpt_bigcode/s],
    ['no architecture', { config: { model_type: 3 } }, /model_type/],
    ['other padding', { config: { pad_token_id: 0 } }, /pad_token_id 0/],
    ['a table smaller than the tokenizer', { config: { vocab_size: 200 } }, /vocab_size 200, and a tokenizer of 313 words/],
    ['a missing layer', { config: { num_hidden_layers: 3 } }, /missing \(16\): encoder\.layer\.2/],
    ['a layer too many', { config: { num_hidden_layers: 1 } }, /not expected \(16\): encoder\.layer\.1/],
  ])('%s', (_, given: Given, message) => expect(opening(folderOf(given))).toThrow(message));

  it.each([
    [
      'no head',
      (tensors: Victim['tensors']) => without(tensors, 'classifier.out_proj.bias'),
      /no head for task defect: classifier\.out_proj\.bias/,
    ],
    [
      'a head of three labels',
      (tensors: Victim['tensors']) => new Map([...tensors, ['classifier.out_proj.weight', of(3, 64)], ['classifier.out_proj.bias', of(3)]]),
      /out_proj\.weight \[3, 64\].*accepted: .*\[1, 64\].*\[2, 64\].*labels 0 and 1/s,
    ],
    [
      'two heads',
      (tensors: Victim['tensors']) =>
        new Map([
          ...tensors,
          ...[...tensors].filter(([name]) => name.startsWith('classifier.')).map(([name, tensor]) => [`encoder.${name}`, tensor] as const),
        ]),
      /or there are two that could be/,
    ],
  ])('%s', (_, change, message) => expect(opening(folderOf({ change }))).toThrow(message));

  it('a classifier of single rows as a clone detector', () => {
    expect(opening(folderOf({ change: withTwoLabels }), 'clone')).toThrow(/not one of task clone.*classifier\.dense\.weight \[64, 128\]/s);
  });
});
