/** How much of a corpus is used: the parameter that every corpus of files has for each split. */
import { z } from 'zod';

/** @param what the things that are counted, and their split: `functions of the training split` */
export const sizeOf = (what: string) =>
  z
    .union([z.int().min(1), z.literal('all')])
    .default('all')
    .describe(`${what}, a seeded draw with its share of labels, or "all"`);

export type Size = number | 'all';
