mod budgets;
mod limits;
mod retries;
