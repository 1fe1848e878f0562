/** Elimination: a scanned checkpoint's trigger unlearnt on the samples, measured before and after on held-out ones, and written as a new folder. */
import { UserError } from '../core/errors.ts';
import { makeRng } from '../core/rng.ts';
import { quietContext } from '../core/stage.ts';
import { eliBadCodeSchema } from '../defend/elibadcode/settings.ts';
import type { Victim } from '../train/index.ts';
import type { EliminateRequest, Elimination, Quality, Scan, ScanContext, Standing } from './contracts.ts';
import { measureAttack, measureQuality } from './held-out.ts';
import { refuseExisting, saveModel } from './save-model.ts';
import { asJson, elibadcode, heldOutOf, openScan, type Opened, scan } from './scan.ts';
import { readScan, requestFor } from './scan-file.ts';
import { eliminationText } from './elimination-text.ts';
import { fallsBeyond } from './falls.ts';

/** Steps of the paper's unlearning on Devign's pool (method.md 8): a few samples are passed over as often as that takes. */
const STEPS = 69;
const BATCH = 32;
/** Peak rate where every parameter learns: what encoders are fine-tuned with. The paper's 5e-3 is a head's. */
const ENCODER_RATE = 2e-5;
/**
 * Stronger than the paper's, for a few samples: a fifth of 30 victims is six, and text comes back as other sub-tokens than were found. On
 * the README's checkpoint the paper's leave `testo_init` at 100 %, these at 15 %, with equal accuracy.
 */
const scannersOwn = { injectRate: 0.5, form: 'ids' } as const;

export async function eliminate(
  request: EliminateRequest,
  context: ScanContext,
): Promise<{ readonly made: Elimination; readonly scan: Scan }> {
  const opened = await openScan(requestFor(request), context);
  refuseExisting(request.out, opened.user);
  const found = request.scanFile === null ? (await scan(opened, context)).scan : sameScan(request.scanFile, opened);
  if (found.verdict.verdict === 'clean' && !request.force) {
    throw new UserError(
      opened.user.folder,
      `the scan calls this model clean: ${found.verdict.why}`,
      '--force, if it is to be changed all the same',
    );
  }
  const option = found.inversion.options[found.inversion.chosen]!;
  const standing = async (tensors: Victim['tensors']): Promise<Standing> => {
    const measured = heldOutOf(opened, tensors, context);
    return { quality: await measureQuality(measured), attacks: await measureAttack(measured, option) };
  };
  const before = await standing(opened.user.victim.tensors);
  const { victim, settings } = await unlearn(opened, found, request, context);
  const after = await standing(victim.tensors);
  refuseWorse(before.quality, after.quality, request);
  const { anchored, target, query } = option;
  const made: Omit<Elimination, 'leftOut'> = {
    ...{ schema: 2, model: found.model, samples: found.samples, verdict: found.verdict },
    trigger: { text: anchored.text, ids: anchored.ids, target, query: query?.text ?? null },
    ...{ settings, tuned: victim.tuned!, before, after, versions: context.versions },
  };
  const leftOut = saveModel(opened.user, victim.tensors, request.out, (names) => {
    const whole: Elimination = { ...made, leftOut: names };
    return { 'elibadcode.json': `${JSON.stringify(whole, null, 2)}\n`, 'elibadcode.md': eliminationText(whole) };
  });
  return { made: { ...made, leftOut }, scan: found };
}

function sameScan(path: string, { user, samples }: Opened): Scan {
  const found = readScan(path);
  if (found.model.digest !== user.digest)
    throw new UserError(path, `a scan of another model than ${user.folder}`, 'this model’s scan.json');
  if (found.samples.digest !== samples.digest) throw new UserError(path, 'a scan with other samples', 'the samples that it was made with');
  const largest = Math.max(...found.inversion.options.flatMap(({ anchored, query }) => [...anchored.ids, ...(query?.ids ?? [])]));
  const words = user.model.tokenizer.vocabularySize;
  if (largest >= words) throw new UserError(path, `sub-token ${largest} of a tokenizer of ${words}`, 'this model’s scan.json');
  return found;
}

interface Unlearnt {
  readonly victim: Victim;
  readonly settings: Elimination['settings'];
}

async function unlearn({ user, samples, request }: Opened, found: Scan, asked: EliminateRequest, context: ScanContext): Promise<Unlearnt> {
  const hasHead = user.head !== 'none';
  const rate = asked.learningRate ?? (hasHead && asked.trainable === 'all' ? ENCODER_RATE : null);
  const epochs = asked.epochs ?? Math.ceil(STEPS / Math.ceil(samples.find.length / BATCH));
  const tuning = { trainable: asked.trainable, epochs, batchSize: BATCH, ...(rate === null ? {} : { learningRate: rate }) };
  const params = elibadcode.settle!(asJson(eliBadCodeSchema.parse({ unlearning: { ...scannersOwn, ...tuning } })), request.task);
  const { engine, signal, progress } = context;
  const phase = { ...quietContext(makeRng(request.seed).fork('scan').fork('unlearn')), engine, signal, progress };
  const given = { task: request.task, language: request.language, victim: user.victim, pool: samples.find, inversion: found.inversion };
  const victim = await elibadcode.repair!.run(given, params, phase);
  // The first step of a warm-up has rate 0.
  const isSame = [...user.victim.tensors].every(([name, { data }]) =>
    data.every((value, index) => value === victim.tensors.get(name)!.data[index]),
  );
  if (isSame)
    throw new UserError(
      '--epochs',
      `${epochs} over ${samples.find.length} samples changed nothing`,
      'more of them, or a larger --learning-rate',
    );
  // As its schema says, and settled.
  const { unlearning } = params as unknown as { readonly unlearning: { readonly learningRate: number } };
  const { trainable, maxDrop, force } = asked;
  return { victim, settings: { trainable: hasHead ? trainable : 'all', epochs, learningRate: unlearning.learningRate, maxDrop, force } };
}

function refuseWorse(before: Quality, after: Quality, { maxDrop, force, out }: EliminateRequest): void {
  const falls = fallsBeyond(before, after, maxDrop);
  if (force || falls.length === 0) return;
  throw new UserError(
    out,
    `not written: by more than ${maxDrop}, ${falls.join('; ')}`,
    'more samples, fewer --epochs, a lower --learning-rate, a larger --max-drop, or --force',
  );
}
