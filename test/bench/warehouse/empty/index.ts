/** Takes events in the place of the step `mirror` and does nothing with them: what is left is the way to a step and back. */
import { onEvent } from '../../../../shared/step/step.ts';

onEvent<unknown>('mirror', async () => {});
