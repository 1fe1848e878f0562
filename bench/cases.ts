/** The shapes that `ours.ts` and `peer.py` time; peer.py reads them as JSON from its first argument. */
export const cases = [
  { name: '2x128 at 16x128', layers: 2, width: 128, heads: 2, feedForward: 512, vocabulary: 8000, batch: 16, tokens: 128 },
  { name: '4x256 at 16x256', layers: 4, width: 256, heads: 4, feedForward: 1024, vocabulary: 16000, batch: 16, tokens: 256 },
] as const;

/** One iteration of EliBadCode's search: 30 samples, 64 candidates, P 5.1; the trigger vocabulary is at most this large. */
export const inversion = { samples: 30, candidates: 64, triggerTokens: 5, triggerVocabulary: 15_835 } as const;
