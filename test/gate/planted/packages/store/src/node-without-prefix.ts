// red: lint style/useNodejsImportProtocol
import { randomUUID } from "crypto";

export const seen = randomUUID;
