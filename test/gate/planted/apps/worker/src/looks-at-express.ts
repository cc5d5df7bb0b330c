// red: boundaries express-has-one-home
import { Router } from "express";

export const seen = Router;
