/** What each defence declares about itself, for reports, which do not import the catalogue. */
import { defenses } from '../defend/index.ts';
import type { DefenseFacts } from '../report/index.ts';

const phaseNames = ['detect', 'invert', 'repair', 'prepare', 'purify'] as const;

type Member = (typeof defenses)[string];

/** One that uses no model may still be handed the victim by a phase that its settings ask for, to see what it predicts. */
const accessOf = (member: Member): DefenseFacts['access'] =>
  member.access === 'none' && phaseNames.some((name) => member[name]?.applies !== undefined && member[name].needs.includes('victim'))
    ? 'predictions, optional'
    : member.access;

export function knowledgeOf(): DefenseFacts[] {
  return Object.values(defenses).map((member) => ({
    name: member.name,
    at: member.at,
    access: accessOf(member),
    phases: phaseNames.flatMap((name) => {
      const phase = member[name];
      return phase === null ? [] : [{ name, needs: phase.needs, isOptional: phase.applies !== undefined }];
    }),
    isJudge: member.judge !== null,
  }));
}
