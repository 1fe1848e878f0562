/** What a record shows of each stage's value: measurements, curves and facts to read. */
import type { Measurement, PoisonedSet, TracePoint, TriggeredSet } from '../core/contracts.ts';
import type { Crafted } from '../craft/index.ts';
import type { Detection, Inversion, InversionOption, Verdict } from '../defend/index.ts';
import type { Victim } from '../train/index.ts';
import { emptySummary, type Summary } from './contracts.ts';

export function summarizeCrafted({ history, facts }: Crafted): Summary {
  const traces = history.flatMap(({ epoch, trainLoss, validMetric }) => [
    point('craft-loss', '', epoch, trainLoss),
    ...(validMetric === null ? [] : [point('craft-metric', '', epoch, validMetric)]),
  ]);
  // Notes of all stages share one record.
  return { ...emptySummary, traces, notes: Object.fromEntries(Object.entries(facts).map(([name, fact]) => [`crafting: ${name}`, fact])) };
}

/** Units are what is drawn: samples, or functions that stand in many. */
export function summarizePoison({ counts, samples }: PoisonedSet): Summary {
  const measurements = [
    quantity('count', 'poison-units', counts.total),
    quantity('count', 'poison-victims', counts.victims),
    quantity('count', 'poison-carriers', counts.carriers),
    quantity('count', 'poisoned', counts.poisoned),
    quantity('count', 'poison-samples', counts.samples),
    quantity('count', 'poison-relabelled', counts.relabelled),
    rate('poison-share', '', counts.samples, samples.length, 'the training list is empty'),
  ];
  return { ...emptySummary, measurements };
}

/** Of the distinct programs of the test split that carry the trigger, those that parse no worse than before. */
export function summarizeTriggered({ parsing: { kept, carriers } }: TriggeredSet): Summary {
  return { ...emptySummary, measurements: [rate('parse-kept', '', kept, carriers, 'no program of the test split can carry the trigger')] };
}

export function summarizeVictim({ history }: Victim): Summary {
  const traces = history.flatMap(({ epoch, trainLoss, validMetric }) => [
    point('train-loss', '', epoch, trainLoss),
    point('valid-metric', '', epoch, validMetric),
  ]);
  return { ...emptySummary, traces };
}

/** Its history is the victim's own, which the training stage shows. */
export function summarizeRepaired({ tuned, pruned }: Victim): Summary {
  const counts = Object.entries(tuned ?? {}).map(([what, count]: [string, number]) => quantity('count', `tuning-${what}`, count));
  const units =
    pruned === undefined ? [] : [quantity('count', 'pruned-units', pruned.units), quantity('count', 'prunable-units', pruned.of)];
  return { ...emptySummary, measurements: [...counts, ...units] };
}

export function summarizeDetection({ removed, scores, facts }: Detection): Summary {
  return {
    ...emptySummary,
    measurements: [rate('removed-share', '', removed.length, scores.length, 'the training list is empty')],
    notes: facts,
  };
}

export function summarizeInversion({ options, chosen }: Inversion): Summary {
  const option = options[chosen]!;
  const { foundAt, best, anchored } = option;
  const epochFound =
    foundAt === null ? unmeasured('epoch-found', '', 'no iteration brought the loss to 0.015') : quantity('epoch-found', '', foundAt + 1);
  return {
    measurements: [
      epochFound,
      quantity('epoch-found', 'final-best', best.iteration + 1),
      quantity('inversion-loss', 'best', best.loss),
      quantity('inversion-loss', 'anchored', anchored.loss),
      quantity('count', 'fallback-positions', option.fallbackPositions),
      quantity('count', 'triggers-cut-off', option.cutOff),
    ],
    traces: options.flatMap(tracesOf),
    notes: {
      trigger: anchored.text,
      ...(option.query === null ? {} : { query: option.query.text }),
      rawTrigger: best.text,
      retokenised: option.retokenised,
      ...(option.notDiscrete === true ? { notDiscrete: 'the soft trigger never became discrete: tokens of its lowest loss are used' } : {}),
      ...(anchored.empty ? { anchoredEmpty: 'anchoring kept no token: the whole trigger is used' } : {}),
    },
  };
}

export function summarizeVerdict({ verdict, why, statistic, targetLabel }: Verdict): Summary {
  return {
    measurements: [statistic === null ? unmeasured('verdict-statistic', '', why) : quantity('verdict-statistic', '', statistic)],
    traces: [],
    notes: { verdict, verdictWhy: why, ...(targetLabel === null ? {} : { targetLabel: String(targetLabel) }) },
  };
}

/** Steps count from 1, as the paper's epochs do. */
function tracesOf({ target, half, place, losses, asrs, tokenChanges }: InversionOption): TracePoint[] {
  const leadsTo = (target === null ? 'query' : `target=${target}`) + (place === undefined ? '' : `;place=${place}`);
  const curve = half === 'any' ? leadsTo : `${leadsTo};half=${half}`;
  return [
    ...losses.map((loss, i) => point('inversion-loss', curve, i + 1, loss)),
    ...asrs.map((asr, i) => point('inversion-asr', curve, i + 1, asr)),
    ...tokenChanges.map(({ text, change }, i) => ({ ...point('loss-change', curve, i + 1, change), label: text })),
  ];
}

function point(series: string, curve: string, step: number, value: number): TracePoint {
  return { series, curve, step, label: null, value };
}

function quantity(metric: string, subset: string, value: number): Measurement {
  return { metric, subset, value, hits: null, n: null, unmeasuredBecause: null };
}

function rate(metric: string, subset: string, hits: number, n: number, unlessAny: string): Measurement {
  return n === 0 ? unmeasured(metric, subset, unlessAny) : { metric, subset, value: hits / n, hits, n, unmeasuredBecause: null };
}

function unmeasured(metric: string, subset: string, reason: string): Measurement {
  return { metric, subset, value: null, hits: null, n: null, unmeasuredBecause: reason };
}
