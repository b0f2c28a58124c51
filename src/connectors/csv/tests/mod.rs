mod crm;
mod reading;
mod source;
