/** No defence: the model as it was trained. */
import { z } from 'zod';
import { defineDefense } from '../define.ts';

export const undefended = defineDefense<Record<never, never>>({
  name: 'undefended',
  title: 'Undefended',
  version: 1,
  at: 'model',
  cite: '',
  undefinedFor: {},
  departures: [],
  params: z.strictObject({}),
  invert: null,
  judge: null,
  repair: null,
});
