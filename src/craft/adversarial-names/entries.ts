/** Which entries of a vocabulary a language accepts as the name of a local (attacks.md 3). */
import type { Language } from '../../core/contracts.ts';
import { contextualWords, keywords } from '../../core/keywords.ts';

/** Matches `\w+`, is no number and begins with no digit, which no language allows; no keyword, and nothing a grammar may take for one. */
export const isName = (entry: string, language: Language): boolean =>
  /^[A-Za-z_]\w*$/.test(entry) && !keywords[language].has(entry) && !contextualWords[language].has(entry);
