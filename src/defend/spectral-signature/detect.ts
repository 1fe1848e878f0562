/** The spectral signature's filter (Tran et al., NeurIPS 2018): of each group of the training list, the samples of highest score go. */
import { pauseFor } from '../../core/pause.ts';
import type { Detection, PhaseContext, Provided } from '../contracts.ts';
import { someRows, type Rows } from '../linear-algebra/rows.ts';
import { groupsOf, representationsOf } from '../representations.ts';
import { spectralScores } from './scores.ts';
import type { SpectralSettings } from './settings.ts';

type Inputs = Provided<'victim' | 'training' | 'poisonRate'>;

/** AFRAIDOOR's, in samples. */
const CHUNK = 1000;

export async function detectBySpectrum(inputs: Inputs, settings: SpectralSettings, context: PhaseContext): Promise<Detection> {
  const rate = settings.poisonRate ?? inputs.poisonRate;
  const list = { samples: inputs.training, rows: await representationsOf(inputs, context) };
  const { scores, removed, byGroup } = await filterBySpectrum(list, rate, settings, context);
  return {
    scores,
    removed,
    facts: {
      spectralRemoved: byGroup.join(', '),
      spectralRate: `${rate} (${settings.poisonRate === null ? 'the true rate: an oracle' : 'given'})`,
    },
  };
}

interface List {
  readonly samples: Inputs['training'];
  readonly rows: Rows;
}

/** @param rate ε: expected share of poisoned samples, 0..1 */
export async function filterBySpectrum(
  { samples, rows }: List,
  rate: number,
  settings: SpectralSettings,
  { signal }: Pick<PhaseContext, 'signal'>,
) {
  const pause = pauseFor(signal);
  const scores = new Array<number>(samples.length).fill(0);
  const removed: number[] = [];
  const byGroup: string[] = [];
  for (const { name, indices } of dividedBy(samples, settings.group)) {
    const own = await spectralScores(someRows(rows, indices), settings, pause);
    indices.forEach((index, i) => (scores[index] = own[i]!));
    // ε·N poisoned samples of the list may all have one label, so each label loses as many (Tran et al., Algorithm 1); a chunk holds its share.
    const among = settings.group === 'chunk' ? indices.length : samples.length;
    const count = Math.min(indices.length, Math.round(settings.factor * rate * among));
    removed.push(...[...indices].sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, count));
    byGroup.push(`${name}: ${count} of ${indices.length}`);
  }
  return { scores, removed: removed.sort((a, b) => a - b), byGroup };
}

function dividedBy(samples: Inputs['training'], group: SpectralSettings['group']): ReturnType<typeof groupsOf> {
  if (group !== 'chunk') return groupsOf(samples, group);
  const all = [...samples.keys()];
  return Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, part) => ({
    name: `samples from ${part * CHUNK}`,
    indices: all.slice(part * CHUNK, (part + 1) * CHUNK),
  }));
}
