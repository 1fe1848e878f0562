/** The tasks of this stage: a new one is its file and its line here. */
import type { TaskName } from '../../core/contracts.ts';
import type { EvaluatedTask } from '../contracts.ts';
import { clone } from './clone.ts';
import { defect } from './defect.ts';
import { search } from './search.ts';

export const tasks: Readonly<Record<TaskName, EvaluatedTask>> = { defect, clone, search };
