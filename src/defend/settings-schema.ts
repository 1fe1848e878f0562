/** Settings as trees of schemas, turned into strict objects in which every leaf has a default. */
import { z } from 'zod';

export type Shape = { readonly [key: string]: z.ZodType | Shape };

/** The values a shape's leaves parse to. */
export type Leaves<T> = { readonly [K in keyof T]: T[K] extends z.ZodType ? z.output<T[K]> : Leaves<T[K]> };

type Values = { readonly [key: string]: unknown };

/** @param values what a leaf that is left out becomes, or `undefined`: it stays left out; of the shape's own form */
export function withDefaults(shape: Shape, values: Values): z.ZodType {
  const entries = Object.entries(shape).map(([key, part]) => {
    const value = values[key];
    // Values have the shape's form, which the callers' types say.
    if (!(part instanceof z.ZodType)) return [key, withDefaults(part, value as Values)];
    return [key, value === undefined ? part : part.default(value)];
  });
  return z.strictObject(Object.fromEntries(entries) as Record<string, z.ZodType>).prefault({});
}
