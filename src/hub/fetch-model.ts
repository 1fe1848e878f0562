/** `hub:OWNER/NAME[@REVISION]` -> a folder with the model's files: fetched once, then the same bytes for ever. */
import { mkdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { tryLock, type Lock } from '../core/lock.ts';
import { downloadTo } from './download.ts';
import { HubFault, retrying, type FaultKind } from './faults.ts';
import { absence, surveyModel, type LocalModel, type Survey } from './local.ts';
import { lockFilePath, writeEntry, type LockEntry } from './lock-file.ts';
import { openRepository, type Repository } from './repository.ts';
import { hubSettings, type HubPlaces, type HubSettings } from './settings.ts';
import { modelFolder, parseHubSpec, type HubSpec } from './spec.ts';
import { chooseFiles } from './wanted.ts';

export interface FetchProgress {
  readonly file: string;
  /** Bytes. */
  readonly done: number;
  readonly total: number;
}

export interface FetchOptions extends HubPlaces {
  /** Called for every piece that arrives. */
  readonly onProgress?: (progress: FetchProgress) => void;
  /** Called once when another process is fetching into the same folder. */
  readonly onWaiting?: () => void;
  readonly signal?: AbortSignal;
  /** For tests: how to wait, and the longest part asked for at once. */
  readonly wait?: (seconds: number) => Promise<void>;
  readonly rangeBytes?: number;
}

/** Before the first answer, a missing network is told at once; within a download it may come back. */
const passingAtFirst: ReadonlySet<FaultKind> = new Set(['cut', 'busy']);
const RANGE_BYTES = 64 * 2 ** 20;
const POLL_SECONDS = 0.5;

interface Task {
  readonly spec: HubSpec;
  readonly settings: HubSettings;
  readonly repository: Repository;
  readonly options: FetchOptions;
  readonly wait: (seconds: number) => Promise<void>;
}

/** Touches no network when the files are there. Whatever stops it is a UserError that says what to do; a later call goes on. */
export async function fetchModel(spec: string, options: FetchOptions): Promise<LocalModel> {
  const parsed = parseHubSpec(spec);
  const settings = hubSettings(options);
  const { signal } = options;
  const wait = options.wait ?? ((seconds: number) => sleep(seconds, signal));
  const task: Task = { spec: parsed, settings, repository: openRepository(parsed, settings, signal), options, wait };
  const before = await surveyModel(parsed, settings);
  // Files placed by hand are recorded below, under the lock.
  if (before.model !== null && before.entry !== null && isFinal(before.entry, before.model)) return before.model;
  try {
    const lock = await acquire(task);
    try {
      return await complete(task, before.verified);
    } finally {
      lock.release();
    }
  } catch (error) {
    throw unwritable(error, settings) ?? error;
  }
}

/** The system's refusals to write, for people; `null` for any other error. */
function unwritable(error: unknown, { modelsFolder }: HubSettings): UserError | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST'].includes(code)) return null;
  return new UserError(modelsFolder, `cannot be written (${code})`, 'a folder with room that can be written: ELIBADCODE_MODELS=FOLDER');
}

/** One process at a time in a models folder: they share hub.lock.json, and the line. */
async function acquire({ settings, options, wait }: Task): Promise<Lock> {
  let told = false;
  for (;;) {
    options.signal?.throwIfAborted();
    const attempt = tryLock(`${lockFilePath(settings.modelsFolder)}.busy`);
    if ('lock' in attempt) return attempt.lock;
    if (!told) options.onWaiting?.();
    told = true;
    await wait(POLL_SECONDS);
  }
}

/** Twice round for a model in shards: what they are called stands in a file of the first round. */
async function complete(task: Task, known: ReadonlyMap<string, string>): Promise<LocalModel> {
  let survey = await surveyModel(task.spec, task.settings, known);
  try {
    if (survey.model === null && survey.entry === null) survey = await firstSurvey(task);
    while (survey.model === null) survey = await surveyModel(task.spec, task.settings, await fetchMissing(task, survey));
  } catch (error) {
    // What has arrived until then is not asked for.
    if (error instanceof HubFault) throw explained(error, task, await surveyModel(task.spec, task.settings, survey.verified));
    throw error;
  }
  const { entry, model } = survey;
  if (entry === null || !isFinal(entry, model)) writeEntry(task.settings.modelsFolder, task.spec.id, finalEntry(model));
  return model;
}

/** The commit is written down before the first file is fetched: a branch that moves meanwhile changes nothing. */
async function firstSurvey({ spec, settings, repository, wait }: Task): Promise<Survey> {
  const commit = await retrying(() => repository.resolveCommit(), passingAtFirst, wait);
  const files = await retrying(() => repository.list(commit), passingAtFirst, wait);
  const choice = chooseFiles(new Set(files.keys()));
  if ('lacks' in choice) throw new UserError(spec.id, `has no ${choice.lacks} at commit ${commit}`, 'a repository of a model in that form');
  writeEntry(settings.modelsFolder, spec.id, { commit, files: Object.fromEntries(files) });
  return surveyModel(spec, settings);
}

/** Returns the sums of all files that are there now. */
async function fetchMissing(task: Task, { entry, missing, verified }: Survey): Promise<ReadonlyMap<string, string>> {
  const { spec, settings, repository, options, wait } = task;
  const folder = modelFolder(spec, settings.modelsFolder);
  if (entry?.commit == null) {
    const afresh = `this model taken out of ${lockFilePath(settings.modelsFolder)}, and all of it is fetched afresh`;
    throw absence(spec, settings, { entry, missing }, 'was placed by hand and is no longer complete', afresh);
  }
  const { commit, files } = entry;
  mkdirSync(folder, { recursive: true });
  checkSpace(folder, missing, entry);
  const sums = new Map(verified);
  for (const name of missing) {
    const { size } = files[name]!;
    const sum = await downloadTo(join(folder, name), files[name]!, {
      read: (from, to) => repository.read(commit, name, { from, to, size }),
      host: new URL(settings.endpoint).host,
      signal: options.signal,
      wait,
      onBytes: (done) => options.onProgress?.({ file: name, done, total: size }),
      rangeBytes: options.rangeBytes ?? RANGE_BYTES,
    });
    sums.set(name, sum);
  }
  return sums;
}

function checkSpace(folder: string, missing: readonly string[], { files }: LockEntry): void {
  const { bavail, bsize } = statfsSync(folder);
  const partOf = (name: string): number => statSync(join(folder, `${name}.part`), { throwIfNoEntry: false })?.size ?? 0;
  const bytes = missing.map((name) => files[name]!.size - partOf(name)).reduce((sum, size) => sum + size, 0);
  if (bytes > bavail * bsize) {
    throw new UserError(
      folder,
      `${bytes} bytes are to be fetched, ${bavail * bsize} are free`,
      'more room, or ELIBADCODE_MODELS=FOLDER elsewhere',
    );
  }
}

const finalEntry = ({ folder, commit, files }: LocalModel): LockEntry => ({
  commit,
  files: Object.fromEntries(Object.entries(files).map(([name, sha256]) => [name, { size: statSync(join(folder, name)).size, sha256 }])),
});

/** Exactly the model's files are recorded, each with its sha256. */
const isFinal = ({ files }: LockEntry, model: LocalModel): boolean =>
  Object.keys(files).length === Object.keys(model.files).length && Object.values(files).every(({ sha256 }) => sha256 !== undefined);

function explained(fault: HubFault, { spec, settings }: Task, survey: Survey): UserError {
  const page = `${settings.endpoint}/${spec.repository}`;
  const advice: Record<FaultKind, string> = {
    unreachable: 'a network; or a mirror: HF_ENDPOINT=https://HOST',
    cut: 'run it again, which goes on where it stopped; or a mirror: HF_ENDPOINT=https://HOST',
    busy: 'run it again later, which goes on where it stopped; or a mirror: HF_ENDPOINT=https://HOST',
    denied:
      settings.token === null
        ? `HF_TOKEN=hf_… of an account that may read ${page}; or another name, if there is no such repository`
        : `another HF_TOKEN: the hub does not accept this one for ${page}, or there is no such repository`,
    forbidden: `an account that may read it: its terms are accepted at ${page}, and HF_TOKEN=hf_… is that account's`,
    absent: `a repository that exists, and a branch, tag or commit of it (found none at ${page}, revision ${spec.revision})`,
    wrong: 'run it again, which starts that file anew; or a hub that is one: HF_ENDPOINT=https://HOST',
  };
  return absence(spec, settings, survey, fault.message, advice[fault.kind]);
}
