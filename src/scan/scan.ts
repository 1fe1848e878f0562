/** A scan: a checkpoint and clean samples to triggers, evidence and a verdict. */
import type { Sample } from '../core/contracts.ts';
import { stopwatch } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { groupBy } from '../core/group-by.ts';
import { type Json, keyOf } from '../core/hash.ts';
import { makeRng } from '../core/rng.ts';
import type { PhaseContext } from '../defend/contracts.ts';
import { eliBadCodeSchema, type EliBadCodeSettings } from '../defend/elibadcode/settings.ts';
import { type Defense, defenses, type Inversion } from '../defend/index.ts';
import { architectures } from '../train/index.ts';
import type {
  AskedScan,
  FinishedInversion,
  Quality,
  ReferenceScore,
  SampleHalves,
  Scan,
  ScanContext,
  ScanRequest,
  UserModel,
} from './contracts.ts';
import { decide } from './decide.ts';
import { isPoor, measureAttack, type Measured, measureQuality } from './held-out.ts';
import { openUserModel } from './open-model.ts';
import { readSamples } from './samples.ts';

/** Clean samples of each label that the paper inverts with (P 5.3.3). */
const PER_LABEL = 30;

export const scanDefaults = { seed: 1, iterations: 100 } as const;

export const withDefaults = (asked: AskedScan): ScanRequest => ({
  ...asked,
  ...{ seed: asked.seed ?? scanDefaults.seed, iterations: asked.iterations ?? scanDefaults.iterations },
});

export const elibadcode: Defense = defenses['elibadcode']!;

/** A scan and what it was made from, for a repair that follows. */
export interface Scanned {
  readonly scan: Scan;
  readonly opened: Opened;
}

/** Model and samples, read and checked: nothing is computed yet. */
export interface Opened {
  readonly request: ScanRequest;
  readonly user: UserModel;
  readonly samples: SampleHalves;
  readonly settings: EliBadCodeSettings;
}

export async function openScan(request: ScanRequest, { signal, progress }: ScanContext): Promise<Opened> {
  if (request.maxLoss !== null && request.references.length > 0) {
    throw new UserError('--max-loss', 'a threshold and reference models, which make another', 'one of the two');
  }
  const user = openUserModel(request.folder, request.task, request.maxTokens);
  const rng = makeRng(request.seed).fork('scan').fork('samples');
  const samples = await readSamples(request.samples, request.task, request.language, { rng, signal, progress });
  const fewest = Math.min(...countsOf(samples.find).values());
  const perLabel = request.perLabel ?? Math.min(PER_LABEL, fewest);
  if (perLabel > fewest) {
    throw new UserError('--per-label', `${perLabel}, and the half that triggers are found on has ${fewest}`, `at most ${fewest}`);
  }
  // As its schema says.
  const settings = eliBadCodeSchema.parse({
    inversion: { ...scannersOwn, iterations: request.iterations, samples: perLabel },
  }) as unknown as EliBadCodeSettings;
  return { request, user, samples, settings };
}

/**
 * A scanner finds what it can, where the defaults reproduce a paper: pieces that a blank precedes, which a backdoor of a model from
 * scratch may rest on alone; the function's name among the places, which not every language's list of variables holds; a search that
 * never gives up what it has; and an anchored trigger as strong as the whole one, since the verdict rests on its loss. On checkpoints of
 * plain PyTorch's with a backdoor at the function's name the paper's settings came to 8.1, and tokens left out alone brought a trigger's
 * loss from 0.0003 to 1.31 (README, “Your own checkpoint”).
 */
const scannersOwn = {
  accept: 'not-worse',
  vocabulary: { wordStart: 'include' },
  position: { identifiers: 'name-and-variables' },
  anchor: { removal: 'in-turn' },
} as const;

const countsOf = (samples: readonly Sample[]): Map<number, number> =>
  new Map([...groupBy(samples, ({ label }) => label)].map(([label, own]) => [label, own.length]));

export async function scan(opened: Opened, context: ScanContext): Promise<Scanned> {
  const elapsed = stopwatch();
  const { request, user, samples, settings } = opened;
  const references = openReferences(opened);
  const { inversion, seconds } = await invert(opened, user, context);
  const scores: ReferenceScore[] = [];
  for (const reference of references) {
    const found = await invert(opened, reference, context);
    scores.push({ folder: reference.folder, digest: reference.digest, score: found.inversion.score, seconds: found.seconds });
  }
  const measured = heldOutOf(opened, user.victim.tensors, context);
  const quality = await measureQuality(measured);
  const heldOut: Scan['heldOut'][number][] = [];
  for (const option of inversion.options) heldOut.push(await measureAttack(measured, option));
  const { device, adapter } = context.engine;
  return {
    opened,
    scan: {
      schema: 2,
      ...{ task: request.task, language: request.language, seed: request.seed },
      model: {
        ...{ folder: user.folder, digest: user.digest, head: user.head, maxTokens: user.model.config.maxTokens },
        architecture: architectures[user.model.config.name].title,
      },
      samples: {
        ...{ file: request.samples, digest: samples.digest, duplicates: samples.duplicates, named: samples.named },
        ...{ find: Object.fromEntries(countsOf(samples.find)), heldOut: Object.fromEntries(countsOf(samples.heldOut)) },
      },
      settings: {
        ...{ iterations: request.iterations, perLabel: settings.inversion.samples, beta: settings.inversion.anchor.beta },
      },
      ...{ quality, inversion, heldOut, gap: gapOf(inversion), references: scores },
      verdict: decide(
        inversion,
        scores.map(({ score }) => score),
        request.maxLoss,
        settings.verdict,
      ),
      cautions: cautionsOf(opened, quality, inversion),
      seconds: { inversion: seconds, scan: elapsed() },
      device: adapter === null ? device : `${device} on ${adapter}`,
      versions: context.versions,
    },
  };
}

export function heldOutOf(
  { request, user, samples, settings }: Opened,
  tensors: Measured['tensors'],
  { engine }: Pick<ScanContext, 'engine'>,
): Measured {
  const rng = makeRng(request.seed).fork('scan').fork('held out');
  return { engine, model: user.model, tensors, heldOut: samples.heldOut, settings: settings.inversion, rng };
}

/** Clean models are compared with one of their own kind, and never with themselves. */
function openReferences({ request, user }: Opened): UserModel[] {
  const kindOf = ({ model, shape, victim }: UserModel): string => {
    const tensors = [...victim.tensors].map(([name, tensor]): Json => [name, tensor.shape]);
    return keyOf([model.config.name, shape, model.tokenizer.digest, tensors]);
  };
  const seen = new Map([[user.digest, user.folder]]);
  return request.references.map((folder) => {
    const reference = openUserModel(folder, request.task, user.model.config.maxTokens);
    if (kindOf(reference) !== kindOf(user)) {
      throw new UserError(folder, 'a reference of another architecture, size or tokenizer', `models as ${user.folder} is one`);
    }
    const same = seen.get(reference.digest);
    if (same !== undefined) throw new UserError(folder, `a reference that is the very model of ${same}`, 'different clean models');
    seen.set(reference.digest, folder);
    return reference;
  });
}

/** Settings are numbers, words and lists of them, as the defence's schema gave them. */
export const asJson = (settings: object): Json => settings as unknown as Json;

/** From what an earlier scan finished, or was interrupted in. */
async function invert({ request, samples, settings }: Opened, user: UserModel, context: ScanContext): Promise<FinishedInversion> {
  const { task, language, seed } = request;
  const key = keyOf({
    ...{ version: elibadcode.version, engine: context.engineClass, model: user.digest, samples: samples.digest, task, language, seed },
    ...{ maxTokens: user.model.config.maxTokens, settings: asJson(settings.inversion) },
  });
  const known = context.attempts.recall(key);
  if (known !== null) return known;
  const elapsed = stopwatch();
  const resume = context.attempts.slot(key);
  const { engine, signal, progress } = context;
  const phase: PhaseContext = { engine, signal, progress, resume, rng: makeRng(seed).fork('scan').fork('invert') };
  const given = { task, language, victim: user.victim, pool: samples.find };
  const inversion = await elibadcode.invert!.run(given, asJson(settings), phase);
  const finished = { inversion, seconds: resume.secondsBefore + elapsed() };
  context.attempts.keep(key, finished);
  return finished;
}

function gapOf({ options }: Inversion): number | null {
  const [lowest, second] = options.map(({ best }) => best.loss).sort((a, b) => a - b);
  return lowest === undefined || second === undefined ? null : Math.log(Math.max(second, 1e-12)) - Math.log(Math.max(lowest, 1e-12));
}

function cautionsOf({ samples, settings }: Opened, quality: Quality, { options, chosen }: Inversion): string[] {
  const total = samples.find.length + samples.heldOut.length;
  const { cutOff, fallbackPositions } = options[chosen]!;
  const said: (string | false)[] = [
    settings.inversion.samples < 20 &&
      `a trigger was sought on ${settings.inversion.samples} samples of each label; with fewer than 20 the paper does not find it`,
    isPoor(quality) &&
      'the model hardly beats guessing on held-out samples: labels, language or row length may not be those it was trained with',
    samples.named < 0.8 * total &&
      `in ${total - samples.named} of ${total} samples no function’s name is found: the language may be another`,
    cutOff > 0 && `${cutOff} rows lose a part of the trigger where they are cut`,
    fallbackPositions > 0 && `${fallbackPositions} rows have no identifier that can carry the trigger`,
  ];
  return said.filter((line) => line !== false);
}
