/** Sizes that every architecture has; `base` is what the paper's models are (P 5.1). */
import type { Architecture } from './architecture.ts';

export const usualSizes = {
  tiny: { layers: 2, width: 64, heads: 2, feedForward: 256 },
  mini: { layers: 4, width: 256, heads: 4, feedForward: 1024 },
  small: { layers: 6, width: 384, heads: 6, feedForward: 1536 },
  base: { layers: 12, width: 768, heads: 12, feedForward: 3072 },
} as const satisfies Architecture['sizes'];
