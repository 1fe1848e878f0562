/** Settings of activation clustering (defenses.md 8). */
import { z } from 'zod';
import { withDefaults, type Leaves } from '../settings-schema.ts';

export const clusteringShape = {
  reduction: z.enum(['pca', 'ica']).describe('principal or independent components'),
  components: z.int().min(1).max(100).describe('how many of them; fewer where the samples span fewer'),
  whiten: z.boolean().describe('whether principal components are scaled to one variance; independent ones always are'),
  group: z.enum(['label', 'all']).describe('what is divided into two clusters: each label, or the whole list'),
  decision: z
    .enum(['smaller', 'relative-size', 'silhouette'])
    .describe('the smaller cluster always, only if it is small, or only if the clusters lie apart besides'),
  maxShare: z.number().min(0).max(0.5).describe('share of its group below which a cluster is small'),
  minSilhouette: z.number().min(-1).max(1).describe('silhouette score from which on clusters lie apart'),
};

export type ClusteringSettings = Leaves<typeof clusteringShape>;

export const defaultClustering: ClusteringSettings = {
  reduction: 'pca',
  components: 10,
  whiten: false,
  group: 'label',
  decision: 'smaller',
  maxShare: 0.35,
  minSilhouette: 0.1,
};

export const clusteringSchema = z.strictObject({ detection: withDefaults(clusteringShape, defaultClustering) });
