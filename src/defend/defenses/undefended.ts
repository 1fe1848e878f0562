/** No defence: the model as it was trained. */
import { z } from 'zod';
import { defineModelDefense } from '../define.ts';

export const undefended = defineModelDefense<Record<never, never>>()({
  name: 'undefended',
  title: 'Undefended',
  version: 1,
  cite: '',
  access: 'none',
  undefinedFor: {},
  departures: [],
  params: z.strictObject({}),
  invert: null,
  judge: null,
  repair: null,
});
