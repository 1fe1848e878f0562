/** What each defence declares about itself, for reports, which do not import the catalogue. */
import { defenses } from '../defend/index.ts';
import type { DefenseFacts } from '../report/index.ts';

const phaseNames = ['detect', 'invert', 'repair', 'prepare', 'purify'] as const;

export function knowledgeOf(): DefenseFacts[] {
  return Object.values(defenses).map((member) => ({
    name: member.name,
    at: member.at,
    access: member.access,
    phases: phaseNames.flatMap((name) => {
      const phase = member[name];
      return phase === null ? [] : [{ name, needs: phase.needs, isOptional: phase.applies !== undefined }];
    }),
    isJudge: member.judge !== null,
  }));
}
