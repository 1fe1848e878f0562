/** DBS' search for one target: Adam on the logits of a soft trigger under dynamic bound scaling (defenses.md 1). */
import { UserError } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import type { StageContext } from '../../core/stage.ts';
import type { Engine } from '../../engine/index.ts';
import type { ResidentParameters } from '../../train/index.ts';
import type { InversionOption } from '../contracts.ts';
import {
  compileEpoch,
  type EpochEngine,
  type EpochModel,
  type EpochProgram,
  type EpochTask,
  type Logits,
  logitsOf,
} from './epoch-program.ts';
import { decodeSearch, encodeSearch, type HostLogits, type SoftSearch } from './resume.ts';
import { beginEpoch, endEpoch, startSchedule } from './schedule.ts';
import type { DbsInversion } from './settings.ts';
import { adamFactors } from './soft-trigger.ts';

export interface Search extends EpochTask {
  readonly model: EpochModel;
  readonly parameters: ResidentParameters;
  readonly settings: DbsInversion;
}

export type SearchContext = StageContext & { readonly engine: EpochEngine & Pick<Engine, 'download'> };

/** @param finished options before this one, saved beside the running search */
export async function runSearch(search: Search, context: SearchContext, finished: readonly InversionOption[]): Promise<SoftSearch> {
  const { settings, vocabulary, triggerTokens, target, model, parameters } = search;
  const { engine, resume, signal } = context;
  const saved = resume.load();
  const from = saved === null ? null : decodeSearch(saved, finished.length);
  const state = from?.search ?? { schedule: startSchedule(settings), losses: [], asrs: [], triggers: [] };
  let logits = await uploadLogits(engine, [triggerTokens, vocabulary.length], from?.logits ?? null);
  const save = async (): Promise<void> => resume.save(encodeSearch(finished, state, await downloadLogits(engine, logits)));
  const program = await compileEpoch(engine, model, parameters, search);
  try {
    for (let epoch = state.losses.length; epoch < settings.epochs; epoch++) {
      if (signal.aborted && epoch > 0) await save();
      signal.throwIfAborted();
      const next = await runEpoch(search, state, { program, logits }, context.rng.fork('noise').fork(epoch));
      disposeLogits(logits);
      logits = next;
      const detail = { loss: state.losses[epoch]!, temperature: state.schedule.temperature };
      context.progress({ phase: `inversion, target ${target}`, done: epoch + 1, total: settings.epochs, detail });
      if (resume.isDue?.() ?? true) await save();
    }
  } finally {
    disposeLogits(logits);
    await program.release();
  }
  return state;
}

/** Below it a sample is predicted as the target: the loss is −ln of the target's probability, of two labels. */
const EVEN_LOSS = Math.LN2;

/** One epoch; `state` grows by it. @returns the new logits */
async function runEpoch(
  { settings, vocabulary, triggerTokens }: Search,
  state: SoftSearch,
  { program, logits }: { readonly program: EpochProgram; readonly logits: Logits },
  rng: Rng,
): Promise<Logits> {
  const epoch = state.losses.length;
  const { schedule, isRolledBack } = beginEpoch(state.schedule, epoch, settings);
  const noise = isRolledBack
    ? Float32Array.from({ length: triggerTokens * vocabulary.length }, () => settings.noise * rng.uniform())
    : null;
  const learningRate = settings.learningRate * settings.decay ** Math.floor(epoch / settings.decayEvery);
  const { temperature } = schedule;
  const found = await program.run(logits, { temperature, noise, ...adamFactors(learningRate, epoch + 1) });
  const { losses, peaks, tokens } = found;
  const loss = sum(losses) / losses.length;
  if (!Number.isFinite(loss) || !peaks.every(Number.isFinite)) {
    disposeLogits(found.logits);
    throw new UserError(
      'inversion',
      `the loss became ${loss} in epoch ${epoch + 1}`,
      'a model with finite weights, or a smaller learning rate',
    );
  }
  state.schedule = endEpoch(schedule, { tokens, loss, epoch, distance: triggerTokens - sum(peaks) }, settings);
  state.losses.push(loss);
  state.asrs.push(losses.filter((own) => own < EVEN_LOSS).length / losses.length);
  state.triggers.push(tokens);
  return found.logits;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Z and its moments: zeros at the start. */
export async function uploadLogits(engine: Pick<Engine, 'upload'>, shape: readonly number[], from: HostLogits | null): Promise<Logits> {
  const upload = (name: keyof HostLogits) => engine.upload({ ...logitsOf(shape), ...(from === null ? {} : { data: from[name] }) });
  return { z: await upload('z'), m: await upload('m'), v: await upload('v') };
}

async function downloadLogits(engine: Pick<Engine, 'download'>, { z, m, v }: Logits): Promise<HostLogits> {
  return { z: await engine.download(z), m: await engine.download(m), v: await engine.download(v) };
}

export function disposeLogits({ z, m, v }: Logits): void {
  for (const tensor of [z, m, v]) tensor.dispose();
}
