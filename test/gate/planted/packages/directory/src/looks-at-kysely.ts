// red: boundaries kysely-has-one-home
import { Kysely } from "kysely";

export const seen = Kysely;
