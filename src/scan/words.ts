/** Phrases that a scan's report, an elimination's and the command line share. */
import type { Interval } from '../core/statistics.ts';
import type { InversionOption } from '../defend/index.ts';
import type { HeldOutAttack, Quality, Rate } from './contracts.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export function optionTitle({ target, query }: Pick<InversionOption, 'target' | 'query'>): string {
  return target === null ? `query words “${query?.text ?? ''}”` : `target label ${target}`;
}

/** A loss is never printed as zero that is none. */
export const lossText = (loss: number): string => (loss !== 0 && loss < 5e-5 ? loss.toExponential(1) : loss.toFixed(4));

export function rateText({ hits, n, interval }: Rate): string {
  return interval === null ? 'no samples' : `${percent(hits / n)} (${hits}/${n}; 95 %: ${intervalText(interval)})`;
}

const intervalText = ({ low, high }: Interval): string => `${percent(low)} to ${percent(high)}`;

export function qualityText({ metric, value, hits, n }: Quality): string {
  return metric === 'mrr' ? `MRR ${value.toFixed(3)} over ${n} queries` : `accuracy ${percent(value)} (${hits ?? 0}/${n})`;
}

/** Accuracy of each label, as title and text; none of MRR. */
export const labelRows = ({ byLabel }: Quality): [string, string][] =>
  Object.entries(byLabel ?? {}).map(([label, rate]) => [`accuracy of label ${label}`, rateText(rate)]);

export const howTitle: Readonly<Record<HeldOutAttack['how'], string>> = {
  inserted: 'inserted where the search puts it',
  renamed: 'as the function’s name',
};

/** In a table's cell or between back quotes. */
export const asCode = (text: string): string => `\`${text.replaceAll('`', 'ˋ').replaceAll('|', '¦').replace(/\s+/g, ' ')}\``;

export function tableText(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
