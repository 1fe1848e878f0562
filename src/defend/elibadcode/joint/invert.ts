/** Trigger inversion for code search: trigger and target together, one search, the trigger anchored (method.md 5, 6; appendix, Algorithm 2). */
import { cosine } from '../../../core/ranking.ts';
import type { Sample } from '../../../core/contracts.ts';
import type { StageContext } from '../../../core/stage.ts';
import type { Engine } from '../../../engine/index.ts';
import {
  disposeParameters,
  inputsOf,
  openEncoder,
  openModel,
  scorableModel,
  uploadParameters,
  type Model,
  type OpenEncoder,
} from '../../../train/index.ts';
import type { DefenseInputs, Inversion, InversionOption } from '../../contracts.ts';
import { drawOfLabel, labelsOf } from '../../pool.ts';
import { anchorTrigger } from '../anchor.ts';
import { compileChoiceReader } from '../gradient.ts';
import { scoreOf } from '../../verdict.ts';
import { checkSizes, foundAt } from '../invert.ts';
import { placeTriggers, type MeasureMasks, type Placement } from '../position.ts';
import type { InversionSettings } from '../shape.ts';
import { stamp } from '../stamp.ts';
import { decoderTriggerOf } from '../slopes.ts';
import { triggerVocabulary } from '../vocabulary.ts';
import { openPairScorer, type PairScorer } from './pairs.ts';
import { runJointSearch, type JointSearch, type JointState } from './search.ts';
import { compileJointSlopes, jointLimits, type JointHosts, type JointTrigger } from './slopes.ts';

/** Where the target stands in a query: right after its first special token. */
const QUERY_PLACE = 1;

type Context = StageContext & { readonly engine: Engine };

export async function invertJointly(inputs: DefenseInputs, given: InversionSettings, context: Context): Promise<Inversion> {
  const { engine, rng } = context;
  const settings = settingsFor(given);
  const model = openModel(inputs.victim.model, inputs.task);
  const vocabulary = triggerVocabulary(model.tokenizer, inputs.language, settings.vocabulary);
  const queryVocabulary = triggerVocabulary(model.tokenizer, inputs.language, { ...settings.query.vocabulary, onEmpty: 'error' });
  checkSizes(settings, Math.min(vocabulary.length, queryVocabulary.length), model.config.maxTokens);
  const asked = inputs.pool.filter(({ query }) => query !== undefined);
  const samples = labelsOf(asked).flatMap((label) => drawOfLabel(asked, label, settings.samples, rng.fork('samples').fork(label)));
  const parameters = await uploadParameters(engine, model.parameters, inputs.victim.tensors);
  const encoder = openEncoder(engine, scorableModel(model), model.parameters, parameters);
  try {
    const placements = await placeTriggers(model, cosineChanges(model, encoder), samples, settings, 'any', rng.fork('place'));
    const hosts: JointHosts = {
      codes: placements.map(({ host }) => host),
      queries: inputsOf(model, samples).map(([, query]) => ({ ids: query!, position: QUERY_PLACE, others: [] })),
    };
    const counts = { trigger: settings.triggerTokens, target: settings.query.tokens };
    const slopes = await compileJointSlopes(engine, model, parameters, hosts, counts, decoderTriggerOf(settings, model));
    const readers = {
      trigger: await compileChoiceReader(engine, model, parameters, {
        ...{ vocabulary, triggerTokens: counts.trigger, topK: settings.topK },
      }),
      target:
        counts.target === 0
          ? null
          : await compileChoiceReader(engine, model, parameters, {
              ...{ vocabulary: queryVocabulary, triggerTokens: counts.target, topK: settings.topK },
            }),
    };
    const choices = async (at: JointTrigger) => {
      const { trigger, target } = await slopes.run(at);
      return {
        trigger: await readers.trigger.read(trigger),
        target: target === null || readers.target === null ? null : await readers.target.read(target),
      };
    };
    const pairs = openPairScorer(engine, model, encoder, hosts);
    const search: JointSearch = { settings, vocabulary, queryVocabulary, pairs, choices };
    const state = await runJointSearch(search, { ...context, rng: rng.fork('search') });
    const option = await describe(state, { model, settings, pairs, samples, placements });
    for (const part of [pairs, slopes, readers.trigger, readers.target]) await part?.release();
    return { options: [option], chosen: 0, score: scoreOf(option) };
  } finally {
    await encoder.close();
    disposeParameters(parameters);
  }
}

/** Of the authors' code nothing of this path runs: where it asks for what a pair of vectors does not have, the default stands (departures). */
function settingsFor(settings: InversionSettings): InversionSettings {
  const { position } = settings;
  return {
    ...settings,
    mode: 'eval',
    position: {
      ...position,
      choose: position.choose === 'largest-p' ? 'least-change' : position.choose,
      fallback: 'none-fits',
      index: 'sub-token',
      candidates: 'same',
    },
  };
}

/** |cos(q, s) − cos(q, s_i)| of the sample's own pair (method.md 3). */
function cosineChanges(model: Model, encoder: OpenEncoder): MeasureMasks {
  return async (inputs) => {
    const rows = inputs.flatMap(({ original, others: [query], masked }) => [query!, original, ...masked]);
    const vectors = await encoder.encode(rows);
    const { width } = model.network;
    let next = 0;
    const vector = (): Float32Array => {
      const raw = vectors.subarray(next * width, ++next * width);
      const norm = Math.sqrt(cosine(raw, raw));
      return raw.map((value) => value / norm);
    };
    return inputs.map(({ masked }) => {
      const [query, original] = [vector(), vector()];
      return masked.map(() => ({ change: Math.abs(cosine(query, vector()) - cosine(query, original)), preference: null }));
    });
  };
}

interface Described {
  readonly model: Model;
  readonly settings: InversionSettings;
  readonly pairs: Pick<PairScorer, 'losses'>;
  readonly samples: readonly Sample[];
  readonly placements: readonly Placement[];
}

/** Only the trigger is anchored; the target it was found with stays. */
async function describe(state: JointState, { model, settings, pairs, samples, placements }: Described): Promise<InversionOption> {
  const { tokenizer } = model;
  const { trigger, target, loss, iteration } = settings.return === 'best' ? state.best : state.incumbent;
  const lossesOf = async (triggers: readonly (readonly number[])[]): Promise<number[]> =>
    (await pairs.losses(triggers, [target])).map(([own]) => own!);
  const { loss: recomputed, ...anchoring } = await anchorTrigger(trigger, loss, { anchor: settings.anchor, tokenizer, lossesOf });
  const text = tokenizer.decode(trigger);
  const limits = jointLimits(model).code;
  return {
    target: null,
    query: { ids: target, text: tokenizer.decode(target).trim(), pieces: target.map((id) => tokenizer.decode([id]).trim()) },
    half: 'any',
    losses: state.losses,
    asrs: [],
    triggers: state.found.map((found) => ({ ids: found.trigger, text: tokenizer.decode(found.trigger) })),
    best: { loss: settings.return === 'best' ? loss : recomputed, iteration, ids: trigger, text },
    foundAt: foundAt(state.losses),
    ...anchoring,
    retokenised: tokenizer.encode(` ${text}`).join() === trigger.join() ? 'same' : 'different',
    places: samples.map(({ id }, row) => ({ sample: id, index: placements[row]!.host.position })),
    fallbackPositions: placements.filter(({ fallback }) => fallback).length,
    rankBeyond: placements.filter(({ rankBeyond }) => rankBeyond).length,
    cutOff: placements.filter(({ host }) => stamp(host, trigger, limits).kept < trigger.length).length,
  };
}
