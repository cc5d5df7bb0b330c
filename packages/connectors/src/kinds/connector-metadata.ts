/** One input of the form for a target; `path` is where its value goes in the Target, dots between the levels. */
export type ConnectorField = {
  path: string;
  control: "text" | "multiline" | "number" | "url" | "choice" | "json";
  label: string;
  help: string;
  required: boolean;
  /** Shown once at most, never sent back to a browser. */
  secret: boolean;
  default?: string;
  /** Something to begin with where an empty field says too little: a person takes it over and changes it. */
  example?: string;
  options?: { value: string; label: string }[];
  /** The input is there only while another one has this value. */
  when?: { path: string; is: string };
};

/** What the portal needs to render a form for one kind of target. */
export type ConnectorMetadata = { kind: string; title: string; description: string; fields: ConnectorField[] };
