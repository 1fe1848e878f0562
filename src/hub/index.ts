/** Models from a hub: fetched once into a folder of this machine, then read from there. */
export { fetchModel, type FetchOptions, type FetchProgress } from './fetch-model.ts';
export { localModel, type LocalModel } from './local.ts';
export { hubSettings, type HubPlaces, type HubSettings } from './settings.ts';
export { modelFolder, parseHubSpec, type HubSpec } from './spec.ts';
