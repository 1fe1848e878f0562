/** What a plan must know of this machine: versions of the stages, engine, and what lies in the files that an experiment reads. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { sha256OfFile } from '../core/fs.ts';
import type { Json } from '../core/hash.ts';
import { isPretrained, modelsFolder, pretrainedFolder } from '../core/models-folder.ts';
import { type DatasetParams, identifyDataset } from '../dataset/dataset.ts';
import { deviceClass, type EngineOptions, isModelFile, modelFilesIn } from '../engine/index.ts';
import { fetchModel, type FetchProgress, localModel, type LocalModel } from '../hub/index.ts';
import type { Facts, Files } from '../plan/contracts.ts';
import { stageVersions } from './stages.ts';

/** The part of an experiment that names files. */
interface Names {
  readonly corpora: readonly DatasetParams[];
  readonly models: readonly Readonly<Record<string, Json>>[];
  /** A defence may name a language model. */
  readonly defenses?: readonly Json[];
}

export async function gatherFacts({ corpora, models, defenses = [] }: Names, { engine, device }: EngineOptions): Promise<Facts> {
  const folders = ['file:', 'pretrained:'].flatMap((prefix) => namedBy([...models, ...defenses], prefix));
  const fromHub = await Promise.all(
    namedBy(models, 'hub:').map(async (spec) => [spec, await localModel(spec, { defaultFolder: modelsFolder() })] as const),
  );
  return {
    versions: stageVersions,
    engine: deviceClass({ engine, device }),
    corpora: await Promise.all(corpora.map(corpusFiles)),
    folders: Object.fromEntries([
      ...(await Promise.all(folders.map(async (folder) => [folder, await folderFiles(folder)] as const))),
      // What else a found model says, its commit and its folder, is no identity: the same bytes may lie elsewhere.
      ...fromHub.map(([spec, found]): [string, Files] => [spec, 'files' in found ? { files: read(found.files) } : found]),
    ]),
    places: Object.fromEntries(fromHub.flatMap(([spec, found]) => ('folder' in found ? [[spec, `file:${found.folder}`]] : []))),
  };
}

/** Of a hub's files those that are read: the same bytes in a folder have the same key. */
const read = (files: LocalModel['files']): LocalModel['files'] =>
  Object.fromEntries(Object.entries(files).filter(([name]) => isModelFile(name)));

/** Strings at any depth that begin so. */
function namedBy(entries: readonly Json[], prefix: string): string[] {
  const strings = (value: Json): string[] =>
    typeof value === 'string' ? [value] : value === null || typeof value !== 'object' ? [] : Object.values(value).flatMap(strings);
  return [...new Set(entries.flatMap(strings).filter((text) => text.startsWith(prefix)))];
}

/** Fetches models of a hub; nothing is asked of a network for what is here. @param specs `hub:OWNER/NAME` */
export async function fetchModels(
  specs: readonly string[],
  told: {
    readonly progress: (spec: string, progress: FetchProgress) => void;
    readonly waiting: (spec: string) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  for (const spec of specs) {
    await fetchModel(spec, {
      defaultFolder: modelsFolder(),
      signal: told.signal,
      onProgress: (progress) => told.progress(spec, progress),
      onWaiting: () => told.waiting(spec),
    });
  }
}

async function corpusFiles(corpus: DatasetParams): Promise<Files> {
  try {
    return { files: await identifyDataset(corpus) };
  } catch (error) {
    // The plan shows it beside the runs it concerns; running one of them is refused with the same words.
    if (error instanceof UserError) return { missing: error.message };
    throw error;
  }
}

async function folderFiles(named: string): Promise<Files> {
  const folder = isPretrained(named) ? pretrainedFolder(named) : resolve(named.slice('file:'.length));
  if (!existsSync(folder)) {
    const advice = isPretrained(named) ? `; elibadcode pretrain ${named.slice(named.indexOf(':') + 1)} makes it` : '';
    return { missing: `${named}: there is no folder ${folder}${advice}` };
  }
  const present = modelFilesIn(folder);
  if (present.length === 0) return { missing: `${named}: holds no config.json, weights or tokenizer files` };
  return {
    files: Object.fromEntries(await Promise.all(present.map(async (file) => [file, await sha256OfFile(join(folder, file))] as const))),
  };
}
