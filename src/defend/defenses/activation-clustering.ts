/** Activation clustering (Chen et al., SafeAI 2019): a label's poisoned samples reach it by other activations than its clean ones. */
import { clusteringSchema, type ClusteringSettings } from '../activation-clustering/settings.ts';
import { detectByClusters } from '../activation-clustering/detect.ts';
import { defineDataDefense } from '../define.ts';

export const activationClustering = defineDataDefense<{ readonly detection: ClusteringSettings }>()({
  name: 'activation-clustering',
  title: 'Activation clustering',
  version: 1,
  cite: 'Chen et al., Detecting Backdoor Attacks on Deep Neural Networks by Activation Clustering, SafeAI 2019',
  access: 'weights',
  undefinedFor: {},
  departures: [
    {
      setting: 'detection.reduction',
      source: 'Chen et al.: 10 independent components; for code: 2 principal components, whitened, or 3',
      ours: '10 principal components, not whitened; `ica` selectable',
      why: 'as common re-implementations',
    },
    {
      setting: 'detection.group',
      source: 'Chen et al.: label; for code: the whole list',
      ours: 'label; in code search all samples have one',
      why: 'the method’s own',
    },
    {
      setting: 'detection.decision',
      source: 'Chen et al.: `reclassify`, relative size, silhouette; for code: the smaller cluster',
      ours: '`smaller`; `relative-size` and `silhouette` selectable',
      why: '`reclassify` trains a model without each cluster inside the filter, where a plan trains one after it; with `smaller` up to half of a clean list goes, which its false positive rate shows',
    },
    {
      setting: 'detection.minSilhouette',
      source: 'all samples of a label',
      ours: '2,000 of them, drawn with the seed, where there are more',
      why: 'a silhouette takes the distances of all pairs',
    },
    {
      setting: 'score',
      source: 'none: a sample is in the poisoned cluster or not',
      ours: 'how much nearer the smaller cluster’s centre is than the larger’s, in distances of the two: −1 to 1',
      why: 'a curve of recall against false positives needs one',
    },
  ],
  params: clusteringSchema,
  detect: { needs: ['victim', 'training'], run: (inputs, { detection }, context) => detectByClusters(inputs, detection, context) },
});
