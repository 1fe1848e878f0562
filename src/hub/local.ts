/** What of a model lies on this machine, checked against `hub.lock.json`; no network is touched here. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { sha256OfFile } from '../core/fs.ts';
import { lockFilePath, readEntry, type LockEntry, type LockedFile } from './lock-file.ts';
import { hubSettings, type HubPlaces, type HubSettings } from './settings.ts';
import { modelFolder, parseHubSpec, type HubSpec } from './spec.ts';
import { verifyFile } from './sums.ts';
import { chooseFiles, filesByHand, shardsOf, shown } from './wanted.ts';

export interface LocalModel {
  /** Holds config.json, weights, and the tokenizer's files that the repository has. */
  readonly folder: string;
  /** `null`: the files were placed by hand. */
  readonly commit: string | null;
  /** Name -> sha256: what identifies the model. */
  readonly files: Readonly<Record<string, string>>;
}

/** The model, all of its bytes checked, or what to do about it. Rejects only when the spec or the settings are no such thing. */
export async function localModel(spec: string, places: HubPlaces): Promise<LocalModel | { readonly missing: string }> {
  const parsed = parseHubSpec(spec);
  const settings = hubSettings(places);
  try {
    const survey = await surveyModel(parsed, settings);
    if (survey.model !== null) return survey.model;
    return { missing: absence(parsed, settings, survey, `is not on this machine (no ${survey.missing.join(', ')})`).message };
  } catch (error) {
    if (error instanceof UserError) return { missing: error.message };
    throw error;
  }
}

export interface Survey {
  readonly entry: LockEntry | null;
  /** Sums of the files that are there and right, those called `known` not read again. */
  readonly verified: ReadonlyMap<string, string>;
  readonly missing: readonly string[];
  /** Set when nothing is missing. */
  readonly model: LocalModel | null;
}

/** A file that is there and not as recorded is a UserError: two runs would read different bytes under one name. */
export async function surveyModel(
  spec: HubSpec,
  { modelsFolder }: HubSettings,
  known: ReadonlyMap<string, string> = new Map(),
): Promise<Survey> {
  const folder = modelFolder(spec, modelsFolder);
  const entry = readEntry(modelsFolder, spec.id);
  const pathOf = (name: string): string => join(folder, name);
  const names = new Set(entry === null ? filesIn(folder) : Object.keys(entry.files));
  const choice = chooseFiles(names);
  const verified = new Map<string, string>();
  if ('lacks' in choice) {
    if (entry === null) return { entry, verified, missing: [choice.lacks], model: null };
    throw new UserError(
      lockFilePath(modelsFolder),
      `lists no ${choice.lacks} of ${spec.id}`,
      'the file as it was written, or no such entry',
    );
  }
  const missing: string[] = [];
  const check = async (name: string): Promise<void> => {
    const expected = entry === null ? null : lockedFile(entry, name, modelsFolder);
    if (!existsSync(pathOf(name))) missing.push(name);
    else verified.set(name, known.get(name) ?? (await sumOf(pathOf(name), expected, entry)));
  };
  for (const name of choice.files) await check(name);
  const withoutIndex = choice.files.filter((name) => verified.has(name));
  for (const name of shardsOf(withoutIndex, pathOf)) await check(name);
  const model = missing.length > 0 ? null : { folder, commit: entry?.commit ?? null, files: Object.fromEntries(verified) };
  return { entry, verified, missing, model };
}

const filesIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile()) : [];

function lockedFile(entry: LockEntry, name: string, modelsFolder: string): LockedFile {
  if (Object.hasOwn(entry.files, name)) return entry.files[name]!;
  throw new UserError(
    lockFilePath(modelsFolder),
    `knows no file ${shown(name)}, which the model's index names`,
    'a shard of the repository',
  );
}

async function sumOf(path: string, expected: LockedFile | null, entry: LockEntry | null): Promise<string> {
  if (expected === null) return sha256OfFile(path);
  const verdict = await verifyFile(path, expected);
  if ('sha256' in verdict) return verdict.sha256;
  const again =
    entry?.commit === null
      ? 'the file that was first placed here, or this model taken out of hub.lock.json, which takes the files as they are now'
      : 'delete the file, and it is fetched again';
  throw new UserError(path, `was changed: it has ${verdict.found}, recorded is ${verdict.expected}`, again);
}

/** The error that says which files belong where; `why` follows the model's name. */
export function absence(
  spec: HubSpec,
  { modelsFolder, endpoint }: HubSettings,
  { entry, missing }: Pick<Survey, 'entry' | 'missing'>,
  why: string,
  advice = `a network: they are fetched from ${endpoint} (from elsewhere: HF_ENDPOINT=https://HOST)`,
): UserError {
  const folder = modelFolder(spec, modelsFolder);
  const files =
    entry === null
      ? filesByHand
      : `${missing.map((name) => describe(name, entry.files[name])).join('; ')} (commit ${entry.commit ?? 'unknown: placed by hand'})`;
  const byHand = `or files placed into ${folder}/ by hand: ${files}`;
  const elsewhere = `ELIBADCODE_MODELS=FOLDER looks for them in ${modelFolder(spec, 'FOLDER')}/ instead`;
  return new UserError(spec.id, why, [advice, byHand, elsewhere].join('\n    '));
}

function describe(name: string, file: LockedFile | undefined): string {
  if (file === undefined) return name;
  const sum = file.sha256 === undefined ? `git object ${file.gitBlob!}` : `sha256 ${file.sha256}`;
  return `${name} (${file.size} bytes, ${sum})`;
}
