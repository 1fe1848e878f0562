/** What each defence is given, in words: a comparison is on equal terms only as far as these are. */

/** What a defence says about itself. */
export interface DefenseFacts {
  readonly name: string;
  readonly at: 'data' | 'model' | 'input';
  /** How it uses the model under test; `predictions, optional`: in a phase alone that its settings ask for. */
  readonly access: 'weights' | 'predictions' | 'predictions, optional' | 'none';
  /** In the order in which they run, each with what it is handed. */
  readonly phases: readonly PhaseFacts[];
  /** Whether it judges models, against clean ones where its settings ask for them. */
  readonly isJudge: boolean;
}

interface PhaseFacts {
  readonly name: string;
  readonly needs: readonly string[];
  /** Its settings say whether it runs. */
  readonly isOptional: boolean;
}

export const actsOn: Readonly<Record<DefenseFacts['at'], string>> = {
  data: 'training data, before the victim is trained anew',
  model: 'the trained model',
  input: 'test inputs, clean and triggered alike',
};

/** `weights`, or `predictions, optional`; `null`: it uses no model. */
export const useOf = ({ access }: DefenseFacts): string | null => (access === 'none' ? null : access);

/** What a defence may be handed, with what it reads as; the model itself is `access`. */
export const resources: Readonly<Record<string, string>> = {
  pool: 'clean pool',
  validation: 'clean validation split',
  training: 'training list, poisoned',
  poisonRate: 'true poison rate',
};
export const referenceModels = 'clean reference models';

/** Phases that are handed something: `invert, repair`; `null` for none. */
export function phasesWith({ phases }: DefenseFacts, need: string): string | null {
  const names = phases
    .filter(({ needs }) => needs.includes(need))
    .map(({ name, isOptional }) => (isOptional ? `${name} (optional)` : name));
  return names.length === 0 ? null : names.join(', ');
}

/** Whatever a defence is handed besides the model, the known ones first. */
export function needsOf(facts: readonly DefenseFacts[]): string[] {
  const asked = facts.flatMap(({ phases }) => phases.flatMap(({ needs }) => needs));
  return [...new Set([...Object.keys(resources), ...asked])].filter((need) => need !== 'victim' && asked.includes(need));
}

/** One that does nothing is given nothing. */
export function isDefense({ phases, isJudge }: DefenseFacts): boolean {
  return phases.length > 0 || isJudge;
}

/** `acts on the trained model by its weights; clean pool (invert, repair); clean reference models`. */
export function sentenceOf(facts: DefenseFacts): string {
  const used = useOf(facts);
  const use = used === null ? '' : ` by its ${used}`;
  const model = facts.at === 'model' ? use : used === null ? '; no model' : `; the suspect model${use}`;
  const given = needsOf([facts]).map((need) => `${resources[need] ?? need} (${phasesWith(facts, need)!})`);
  return [`acts on ${actsOn[facts.at]}${model}`, ...given, ...(facts.isJudge ? [referenceModels] : [])].join('; ');
}
