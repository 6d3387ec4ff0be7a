/** What Terraform knows of a provider before it does anything: names, types and numbers of arguments. */
export interface ProviderSchema {
  readonly origin: string;
  readonly provider: Block;
  readonly resources: Readonly<Record<string, Block>>;
  readonly data: Readonly<Record<string, Block>>;
}

export interface Block {
  readonly attributes: Record<string, Attribute>;
  readonly blocks: Record<string, BlockType>;
}

export interface BlockType extends Block {
  readonly nesting: 'single' | 'list' | 'set';
  /** Fewest and most blocks of this kind; 0 as the most means no bound. */
  readonly min: number;
  readonly max: number;
}

export interface Attribute {
  readonly type:
    | 'string'
    | 'number'
    | 'bool'
    | 'map(string)'
    | 'list(string)'
    | 'list(number)'
    | 'set(string)'
    | 'dynamic';
  readonly mode: 'required' | 'optional' | 'optional+computed' | 'computed';
}
