/** The tasks a model can be trained for. */
import type { TaskName } from '../../core/contracts.ts';
import type { Task } from '../task.ts';
import { clone } from './clone.ts';
import { defect } from './defect.ts';
import { search } from './search.ts';

export const tasks: Readonly<Record<TaskName, Task>> = { defect, clone, search };
