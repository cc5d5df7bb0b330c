// red: boundaries pg-has-one-home
import { Pool } from "pg";

export const seen = Pool;
