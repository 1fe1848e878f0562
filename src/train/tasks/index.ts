/** The tasks a model can be trained for. */
import type { TaskName } from '../../core/contracts.ts';
import type { Task } from '../task.ts';
import { defect } from './defect.ts';

export const tasks: Partial<Readonly<Record<TaskName, Task>>> = { defect };
