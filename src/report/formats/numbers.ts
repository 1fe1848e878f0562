/** Where rounding and percent signs happen, for every format: numbers to text. */
import type { Reported } from '../../core/contracts.ts';
import { dash } from '../cells.ts';
import type { Cell } from '../table.ts';
import type { Unit } from '../vocabulary.ts';

/** Shown as factor × value with so many decimals. */
const shapes: Readonly<Record<Unit, { readonly factor: number; readonly decimals: number; readonly sign: string }>> = {
  rate: { factor: 100, decimals: 2, sign: '%' },
  points: { factor: 100, decimals: 2, sign: 'points' },
  score: { factor: 1, decimals: 2, sign: '' },
  count: { factor: 1, decimals: 1, sign: '' },
  bleu: { factor: 1, decimals: 2, sign: '' },
  characters: { factor: 1, decimals: 1, sign: 'characters' },
  iterations: { factor: 1, decimals: 1, sign: '' },
  seconds: { factor: 1, decimals: 1, sign: 's' },
  bytes: { factor: 2 ** -20, decimals: 0, sign: 'MiB' },
  none: { factor: 1, decimals: 3, sign: '' },
};

/** For headings: `%`, `s`, … or nothing. */
export function unitSign(unit: Unit): string {
  return shapes[unit].sign;
}

export function formatValue(value: number, unit: Unit): string {
  const { factor, decimals } = shapes[unit];
  return fixed(value * factor, decimals);
}

/** `0.08, 0.70`; `null` where there is no interval. */
export function formatInterval({ interval, unit }: Cell): string | null {
  return interval === null ? null : `${formatValue(interval.low, unit)}, ${formatValue(interval.high, unit)}`;
}

/** What stands behind a value: `3/1,255`, `3 seeds × 1,255`, `2 of 3 seeds`; nothing for one plain number. */
export function formatCounts({ hits, n, seeds, plannedSeeds }: Cell): string | null {
  const isShort = seeds.length < plannedSeeds;
  const seedCount = isShort ? `${seeds.length} of ${plannedSeeds} seeds` : seeds.length > 1 ? `${seeds.length} seeds` : null;
  const samples = n === null ? null : hits === null ? whole(n) : `${whole(hits)}/${whole(n)}`;
  if (hits !== null) return [samples, seedCount].filter((part) => part !== null).join('; ');
  return [seedCount, samples].filter((part) => part !== null).join(' × ') || null;
}

/** As printed, ≈ where it was read from a drawing, a dash where the paper prints one, nothing where it has no such cell. */
export function formatReported(reported: Reported | null): string {
  if (reported === null) return '';
  const { value, unit, status } = reported;
  if (value === null) return dash;
  return `${status === 'read-from-figure' ? '≈' : ''}${unit === 'count' || unit === 'epochs' || unit === 'seconds' ? String(value) : fixed(value, 2)}`;
}

/** The reason in a word or two for a cell, and the whole of it for a footnote where that says more. */
export function shortReason(reason: string): { readonly label: string; readonly detail: string | null } {
  if (reason.length <= 16) return { label: reason, detail: null };
  const label = ['failed', 'not implemented', 'not measured', 'no attack'].find((words) => reason.includes(words)) ?? 'no value';
  return { label, detail: reason };
}

/** 0 and whole hundreds print without decimals, because they are exact; a small number never prints as zero. */
function fixed(value: number, decimals: number): string {
  if (value === 0 || value === 100) return String(Math.abs(value));
  const size = Math.abs(value).toFixed(Number.isInteger(value) && decimals === 1 ? 0 : decimals);
  const isTiny = Number(size) === 0;
  const sign = value < 0 ? '−' : '';
  return isTiny ? `${sign === '' ? '<' : '>−'}${(10 ** -decimals).toFixed(decimals)}` : sign + size;
}

/** Thousands by commas. */
function whole(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
