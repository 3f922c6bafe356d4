import { repositoryUrl, type GitHub } from '../github.ts';
import type { Label, Repository } from '../state.ts';
import { nodeId, type Json } from './users.ts';

export function labelJson(github: GitHub, repository: Repository, name: string): Json {
  const label = repository.labels.get(name.toLowerCase());
  if (label === undefined) throw new Error(`there is no label ${name}`);
  return wholeLabelJson(github, repository, label);
}

export function wholeLabelJson(github: GitHub, repository: Repository, label: Label): Json {
  return {
    id: label.id,
    node_id: nodeId('LA', label.id),
    url: repositoryUrl(github, repository, `/labels/${encodeURIComponent(label.name)}`),
    name: label.name,
    color: label.color,
    default: false,
    // GitHub answers with null where there is none, but its description of pull requests in lists wants text.
    description: label.description ?? '',
  };
}
