/**
 * Computes a pretraining and publishes it as a folder of the models' folder: config.json, model.safetensors in half precision, card.json and
 * what its tokenizer was read from. The folder is there whole or not at all; an interrupted pretraining goes on from its last save. Beside
 * the results lies its record: the card with the weights' digest, since a folder of weights is not committed.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { now, stopwatch } from '../core/clock.ts';
import type { Dataset, Provenance } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { readJson, sha256OfFile, writeAtomically } from '../core/fs.ts';
import { type Json, keyOf } from '../core/hash.ts';
import { tryLock } from '../core/lock.ts';
import { modelsFolder, pretrainedFolder } from '../core/models-folder.ts';
import { makeRng } from '../core/rng.ts';
import type { Progress } from '../core/stage.ts';
import { identifyDataset, loadDataset, stageVersion as datasetVersion } from '../dataset/dataset.ts';
import { type Engine, loadTokenizer, readCheckpoint, writeCheckpoint } from '../engine/index.ts';
import { pretrain, type Pretrained, type PretrainingSettings, pretrainVersion } from '../pretrain/index.ts';
import { openSlot } from './resume.ts';

export interface PretrainOptions {
  /** Holds what an interrupted pretraining goes on from. */
  readonly cacheDir: string;
  /** Gets NAME.json. */
  readonly recordsDir: string;
  readonly engine: Engine;
  readonly origin: Pick<Provenance, 'commit' | 'dirty' | 'versions'>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

type Corpora = PretrainingSettings['corpora'];

const WEIGHTS = 'model.safetensors';

/** The folder, and whether it had been there before. */
export async function runPretraining(
  settings: PretrainingSettings,
  options: PretrainOptions,
): Promise<{ readonly folder: string; readonly isNew: boolean; readonly curve: Pretrained['curve'] }> {
  const { engine, cacheDir, recordsDir } = options;
  settings.corpora.forEach(refusePartlyHeldOut);
  const files = await Promise.all(settings.corpora.map(identifyDataset));
  const { digest } = loadTokenizer(settings.tokenizer);
  const start = await findStart(settings, files, digest);
  const versions = { pretrain: pretrainVersion, dataset: datasetVersion };
  const startedFrom = start === null ? {} : { startedFrom: start.weights };
  const key = keyOf({ versions, engine: engine.device, files, tokenizer: digest, settings: withoutPath(settings), ...startedFrom });
  const folder = join(modelsFolder(), settings.name);
  const there = cardOf(folder);
  if (there !== null) {
    const { curve } = sameModel(there, key, folder);
    await writeRecord(folder, recordsDir, settings.name);
    return { folder, isNew: false, curve };
  }
  const attempt = tryLock(join(cacheDir, 'pretrain', `${key}.lock`));
  if (!('lock' in attempt)) {
    const { pid, host } = attempt.owner;
    throw new UserError(settings.name, `is being pretrained by process ${pid} on ${host}`, 'wait for it');
  }
  try {
    const { made, card } = await compute(settings, join(cacheDir, 'pretrain', `${key}.partial`), start, options);
    publish(folder, made, { key, ...startedFrom, ...card, files }, settings.tokenizer);
    rmSync(join(cacheDir, 'pretrain', `${key}.partial`), { recursive: true, force: true });
    await writeRecord(folder, recordsDir, settings.name);
    return { folder, isNew: true, curve: made.curve };
  } finally {
    attempt.lock.release();
  }
}

/** A tokenizer's folder is no identity: its digest is. Settings that came later are named where they are used: earlier keys stay. */
const withoutPath = ({ tokenizer, start, relativeSteps, ...rest }: PretrainingSettings): Json => ({
  ...{ ...rest, corpora: rest.corpora as Json, tokenizer: tokenizer.startsWith('file:') ? 'file:' : tokenizer },
  ...(start === undefined ? {} : { start }),
  ...(relativeSteps ? { relativeSteps } : {}),
});

/** What a draw of a test split leaves out would be trained on, and tested by somebody else. */
function refusePartlyHeldOut({ name, ...params }: Corpora[number]): void {
  if (name.startsWith('synthetic-')) return;
  const partly = ['valid', 'test', 'fractions'].filter((key) => Object.hasOwn(params, key) && params[key] !== 'all');
  if (partly.length > 0) throw new UserError(`corpora, ${name}`, `a part of what is held out: ${partly.join(', ')}`, 'the whole splits');
}

interface FoundStart {
  readonly folder: string;
  /** The file's digest: a name is no identity. */
  readonly weights: Readonly<Record<string, string>>;
}

/** A stand-in made on other data, or on another draw of it, may have been trained on what is held out or kept apart here. */
async function findStart({ start, corpora, seed }: PretrainingSettings, files: Json, tokenizer: string): Promise<FoundStart | null> {
  if (start === undefined) return null;
  const folder = pretrainedFolder(start);
  const card = cardOf(folder);
  const place = `start: ${start}`;
  if (card === null) throw new UserError(place, `there is no folder ${folder}`, `“elibadcode pretrain ${basename(folder)}” makes it`);
  const { settings: theirs, files: theirFiles, tokenizerDigest } = card;
  if (keyOf([theirs.corpora, theirs.seed, theirFiles, tokenizerDigest]) !== keyOf([corpora, seed, files, tokenizer])) {
    throw new UserError(place, 'was made on other corpora, with another seed or another tokenizer', 'a stand-in made on the same');
  }
  return { folder, weights: { [WEIGHTS]: await sha256OfFile(join(folder, WEIGHTS)) } };
}

async function compute(
  settings: PretrainingSettings,
  partial: string,
  start: FoundStart | null,
  { engine, origin, progress, signal }: PretrainOptions,
) {
  const elapsed = stopwatch();
  const startedAt = now();
  const rng = makeRng(settings.seed).fork('pretrain');
  const datasets: Dataset[] = [];
  for (const corpus of settings.corpora) {
    datasets.push(await loadDataset(corpus, { rng: rng.fork('corpus').fork(corpus.name), signal, progress }));
  }
  const resume = openSlot(partial, elapsed);
  const from = start === null ? null : readCheckpoint(start.folder).tensors;
  const made = await pretrain(settings, datasets, { engine, rng, signal, progress, resume }, from);
  const { device, adapter } = engine;
  const provenance: Provenance = {
    ...origin,
    device: adapter === null ? device : `${device} on ${adapter}`,
    startedAt,
    seconds: resume.secondsBefore + elapsed(),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
  const { counts, curve, tokenizerDigest } = made;
  const about = 'A stand-in for a published model: the same architecture, smaller, pretrained here. It is not the published model.';
  return { made, card: { about, settings: withoutPath(settings), counts, tokenizerDigest, curve, provenance } };
}

function publish(folder: string, { config, tensors }: Pretrained, card: object, tokenizer: string): void {
  const draft = `${folder}.${process.pid}.draft`;
  mkdirSync(modelsFolder(), { recursive: true });
  try {
    writeCheckpoint(
      draft,
      { config, tensors: new Map([...tensors].map(([name, tensor]) => [name, { dtype: 'F32', ...tensor }])) },
      { floats: 'F16' },
    );
    if (tokenizer.startsWith('file:')) copyTokenizer(tokenizer.slice('file:'.length), draft);
    writeAtomically(join(draft, 'card.json'), `${JSON.stringify(card, null, 2)}\n`);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** What a published folder's card says, with its weights' digest; equal folders give equal bytes. */
async function writeRecord(folder: string, recordsDir: string, name: string): Promise<void> {
  const weights = await sha256OfFile(join(folder, WEIGHTS));
  const record = { schema: 1, name, weights: { [WEIGHTS]: weights }, ...(readJson(join(folder, 'card.json')) as object) };
  mkdirSync(recordsDir, { recursive: true });
  writeAtomically(join(recordsDir, `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
}

/** So that the folder is all that a machine needs. */
function copyTokenizer(from: string, to: string): void {
  const names = ['tokenizer.json', 'vocab.json', 'merges.txt', 'tokenizer_config.json'];
  for (const name of readdirSync(from).filter((file) => names.includes(file))) copyFileSync(join(from, name), join(to, name));
}

interface Card {
  readonly key: string;
  readonly settings: { readonly corpora: Json; readonly seed: number };
  readonly files: Json;
  readonly tokenizerDigest: string;
  readonly curve: Pretrained['curve'];
}

/** `null`: there is no such folder. */
function cardOf(folder: string): Card | null {
  if (!existsSync(folder)) return null;
  // Written by this file alone, whole or not at all.
  return readJson(join(folder, 'card.json')) as Card;
}

function sameModel(card: Card, key: string, folder: string): Card {
  if (card.key === key) return card;
  throw new UserError(folder, 'holds a model of other settings, data, device or version', 'another name, or no such folder: move it away');
}
